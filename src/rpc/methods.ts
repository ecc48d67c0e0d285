/**
 * Which methods are pure reads: asking again changes nothing, so a request whose answer was lost is sent again.
 *
 * Everything that is not listed counts as a write, unknown methods too. Source: ethereum/execution-apis, and the
 * documented namespaces of geth, erigon and nethermind. Left out on purpose: `eth_getFilterChanges` (it consumes what it
 * returns) and every `eth_new…Filter` (it leaves something behind).
 */

const READS: Readonly<Record<string, readonly string[]>> = {
  eth: [
    'accounts',
    'baseFee',
    'blobBaseFee',
    'blockNumber',
    'call',
    'callMany',
    'chainId',
    'coinbase',
    'config',
    'createAccessList',
    'estimateGas',
    'feeHistory',
    'gasPrice',
    'getAccount',
    'getBalance',
    'getBlockByHash',
    'getBlockByNumber',
    'getBlockReceipts',
    'getBlockTransactionCountByHash',
    'getBlockTransactionCountByNumber',
    'getCode',
    'getFilterLogs',
    'getHeaderByHash',
    'getHeaderByNumber',
    'getLogs',
    'getProof',
    'getRawTransactionByBlockHashAndIndex',
    'getRawTransactionByBlockNumberAndIndex',
    'getRawTransactionByHash',
    'getStorageAt',
    'getStorageValues',
    'getTransactionByBlockHashAndIndex',
    'getTransactionByBlockNumberAndIndex',
    'getTransactionByHash',
    'getTransactionBySenderAndNonce',
    'getTransactionCount',
    'getTransactionReceipt',
    'getUncleByBlockHashAndIndex',
    'getUncleByBlockNumberAndIndex',
    'getUncleCountByBlockHash',
    'getUncleCountByBlockNumber',
    'hashrate',
    'maxPriorityFeePerGas',
    'mining',
    'protocolVersion',
    'simulateV1',
    'syncing',
  ],
  net: ['listening', 'peerCount', 'version'],
  web3: ['clientVersion', 'sha3'],
  txpool: ['content', 'contentFrom', 'inspect', 'status'],
  debug: [
    'getBadBlocks',
    'getRawBlock',
    'getRawHeader',
    'getRawReceipts',
    'getRawTransaction',
    'storageRangeAt',
    'traceBlock',
    'traceBlockByHash',
    'traceBlockByNumber',
    'traceCall',
    'traceTransaction',
  ],
  trace: [
    'block',
    'call',
    'callMany',
    'filter',
    'get',
    'rawTransaction',
    'replayBlockTransactions',
    'replayTransaction',
    'transaction',
  ],
}

const PURE_READS: ReadonlySet<string> = /* @__PURE__ */ new Set(
  /* @__PURE__ */ Object.entries(READS).flatMap(([namespace, names]) =>
    names.map(name => `${namespace}_${name}`),
  ),
)

/** Their answers may be large: sharing a frame would delay the others, or meet the node's limit for a whole batch. */
const LARGE = /^(debug|trace|txpool)_|Logs$|^eth_(callMany|getBlockReceipts|getProof|simulateV1)$/

/** What a method's name says, looked up once. */
export interface Traits {
  readonly method: string
  /** Asking again changes nothing. */
  readonly isPureRead: boolean
  /** It may share a frame with other small reads. */
  readonly isSmall: boolean
  /** What stands before the parameters. */
  readonly prefix: string
}

const MOST_KNOWN = 1_000
const known = /* @__PURE__ */ new Map<string, Traits>()

export function traitsOf(method: string): Traits {
  const found = known.get(method)
  if (found !== undefined) return found
  const isPureRead = PURE_READS.has(method)
  const traits = {
    method,
    isPureRead,
    isSmall: isPureRead && !LARGE.test(method),
    prefix: `,"method":${JSON.stringify(method)},"params":`,
  }
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(method, traits)
  return traits
}
