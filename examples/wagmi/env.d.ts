/** What Vite puts into the page: from the environment, a `.env` file, or `stage.ts`. */

interface ImportMeta {
  readonly env: {
    readonly VITE_ENDPOINT: string
    readonly VITE_TOKEN: `0x${string}`
    readonly VITE_ACCOUNT: `0x${string}`
  }
}
