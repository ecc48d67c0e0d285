/** The part of web3 that the documentation uses; it is no dependency of ours. `running.test.ts` runs the blocks on the real one. */

declare module 'web3' {
  interface Subscription {
    on(event: 'data', listener: (header: { readonly number: bigint }) => void): void
  }
  export class Web3 {
    constructor(provider: { request(call: { method: string; params?: unknown }): Promise<unknown> })
    readonly eth: {
      getBalance(address: string): Promise<bigint>
      subscribe(kind: 'newBlockHeaders'): Promise<Subscription>
    }
  }
}
