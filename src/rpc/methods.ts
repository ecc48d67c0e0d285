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

export function isPureRead(method: string): boolean {
  return PURE_READS.has(method)
}
