/** What a close code means where the line had not yet served (RFC 6455, section 7.4, and the habits of providers). */

export const UNAUTHORIZED: readonly number[] = [3000, 3003, 4001, 4003, 4401, 4403]
export const LATER: readonly number[] = [1012, 1013, 4029, 4429]
/** The peer complains about a frame of ours; a "limit" in its reason is about the size then. */
export const ABOUT_A_FRAME: readonly number[] = [1002, 1003, 1007, 1009, 1010]
/** Others after which a new try may succeed. */
export const RETRYABLE: readonly number[] = [1000, 1001, 1005, 1011, 1014, 3008]
