/** What the platform tells of the world around the line. Outside a page: nothing. See platform.browser.ts. */

export interface Platform {
  /** The platform is sure that no network is there; dialling this endpoint is pointless. */
  isOffline(endpoint: string | undefined): boolean
  /** Calls `woken` whenever something happened that may have killed the line, or brought it back; returns how to stop. */
  watch(woken: () => void): () => void
}

export const platform: Platform = {
  isOffline: () => false,
  watch: () => () => {},
}
