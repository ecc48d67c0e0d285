/** What a subscription needs of a layer that knows the chain, to lose nothing with a line. */

export interface Recovery {
  /** Whether something was missed that can be asked for now. */
  readonly isBehind: boolean
  /** Looks where the chain is, beside the subscribing. Never rejects. */
  begin(): Promise<void>
  /** The line fell: from here on something may be missed. */
  lost(): void
  /** The node sends again, on another line. */
  renewed(): void
  /** Whether an item that came is to be delivered now; else it is known already, or comes with `more`. */
  takes(item: unknown): boolean
  /** An item came that the reader has no room for: it will be asked for again. */
  surplus(item: unknown): void
  /**
   * Asks for a part of what was missed. Gives it in order, and in one go with the change to live.
   *
   * @throws what ends the subscription
   */
  more(give: (item: unknown) => void): Promise<void>
  /** Nobody wants items any more. */
  end(): void
}

/** Whether what a lost line swallows is asked for; with `false` it is a `gap` notice. */
export type Recover =
  | boolean
  | {
      /** How many blocks at most; what is missed beyond them is a `gap` notice. */
      readonly maxBlocks: number
    }

/** @param params as JSON */
export type MakeRecovery = (
  kind: string,
  params: string,
  recover: Recover | undefined,
) => Recovery | undefined
