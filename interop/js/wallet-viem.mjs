// A viem client on a devnet without load, on a node's listener over HTTP and WebSocket and on the chain's own:
// transactions of types 0, 1, 2 and 4, receipts, error classes, filters, subscriptions, batches, the test client.
//
//   node wallet-viem.mjs --base 127.62.0 --seed 42
import {
  createPublicClient, createTestClient, createWalletClient, defineChain, http, parseEther, parseGwei, publicActions,
  walletActions, webSocket
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { chainRpc, check, devKey, main, nodes, options, rpc, until } from './lib.mjs'

const { base, seed } = options({ base: '127.60.0', seed: '42' })
const [node] = nodes(base, 1)
const to = '0x00000000000000000000000000000000000000aa'
const chain = defineChain({
  id: 31337,
  name: 'pollen devnet',
  nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
  rpcUrls: { default: { http: [node.rpc] } }
})
const account = (index) => privateKeyToAccount(devKey(seed, index))
const named = (error) => {
  const names = []
  error?.walk?.((one) => { names.push(one.name); return false })
  return names
}
const fails = (call) => call.then(() => null, (error) => error)

await main(async () => {
  await rpc(chainRpc(base), 'evm_setIntervalMining', 1)
  await suite('node over HTTP', http(node.rpc, { batch: true, retryCount: 0 }), 11)
  await suite('node over WebSocket', webSocket(node.rpc.replace('http', 'ws'), { retryCount: 0, reconnect: false }), 18)
  await suite('chain over HTTP', http(chainRpc(base), { retryCount: 0 }), 25)
  await testClient()
})

async function suite (where, transport, first) {
  const name = `viem, ${where}`
  const client = createPublicClient({ chain, transport, pollingInterval: 200 })
  const wallet = (index) => createWalletClient({ chain, transport, account: account(first + index) })
  const [id, height, balance, block, fees, history] = await Promise.all([
    client.getChainId(), client.getBlockNumber(), client.getBalance({ address: account(first).address }),
    client.getBlock({ includeTransactions: true }), client.estimateFeesPerGas(),
    client.getFeeHistory({ blockCount: 4, rewardPercentiles: [10, 50] })
  ])
  check(`${name}: reads chain, head, balance, fees`, id === 31337 && balance === parseEther('10000') && block.number >= height &&
    fees.maxFeePerGas > 0n && history.baseFeePerGas.length >= 2, `chain ${id}, block ${block.number}, ${balance} wei`)

  const heads = []
  const pending = new Set()
  const watching = [
    client.watchBlocks({ onBlock: (one) => heads.push(one.number), onError: () => heads.push('error') }),
    client.watchPendingTransactions({ onTransactions: (hashes) => hashes.forEach((one) => pending.add(one)) })
  ]
  const filters = await Promise.all([client.createBlockFilter(), client.createPendingTransactionFilter(), client.createEventFilter()])
  await until(() => heads.length > 0, 4_000, 50)

  const authority = account(first + 6)
  const authorization = await wallet(6).signAuthorization({ account: authority, contractAddress: to })
  const forms = {
    0: { type: 'legacy', gasPrice: parseGwei('5') },
    1: { type: 'eip2930', gasPrice: parseGwei('5'), accessList: [{ address: to, storageKeys: ['0x' + '01'.padStart(64, '0')] }] },
    2: {}, // as most callers send: viem asks eth_fillTransaction first and then fills in by itself
    4: { authorizationList: [authorization] }
  }
  const hashes = {}
  for (const [i, [type, form]] of Object.entries(forms).entries()) {
    hashes[type] = await wallet(i).sendTransaction({ to, value: 1n, ...form })
  }
  for (const [type, hash] of Object.entries(hashes)) {
    const receipt = await client.waitForTransactionReceipt({ hash, timeout: 15_000, pollingInterval: 200 }).catch((error) => error)
    const tx = await client.getTransaction({ hash })
    check(`${name}: type ${type} is sent, mined and read back`, receipt.status === 'success' && Number(tx.typeHex) === Number(type) &&
      tx.blockHash === receipt.blockHash, receipt.status ?? String(receipt))
  }
  const code = await client.getCode({ address: authority.address })
  check(`${name}: type 4 delegated the account`, code === '0xef0100' + to.slice(2), String(code))
  check(`${name}: watchBlocks and watchPendingTransactions tell`, heads.length > 0 && !heads.includes('error') &&
    await until(() => Object.values(hashes).every((hash) => pending.has(hash)), 4_000, 50) === true, `${heads.length} heads, ${pending.size} pending`)
  watching.forEach((stop) => stop())
  const [blocks, seen, logs] = await Promise.all(filters.map((filter) => client.getFilterChanges({ filter })))
  check(`${name}: filters tell blocks, pending transactions and no logs`, blocks.length > 0 && Object.values(hashes).every((hash) => seen.includes(hash)) &&
    logs.length === 0 && (await client.getLogs({ fromBlock: 0n })).length === 0, `${blocks.length} blocks, ${seen.length} hashes`)
  const gone = await Promise.all(filters.map((filter) => client.uninstallFilter({ filter })))
  const unknown = await fails(client.getFilterChanges({ filter: filters[0] }))
  check(`${name}: a filter can be removed, once`, gone.every((one) => one === true) && /filter not found/.test(unknown?.details), unknown?.details)

  const used = { to, value: 1n, nonce: 0, gas: 21_000n, maxFeePerGas: parseGwei('9'), maxPriorityFeePerGas: parseGwei('1') }
  const fresh = privateKeyToAccount('0x' + 'ab'.repeat(31) + first.toString(16).padStart(2, '0'))
  const poor = createWalletClient({ chain, transport, account: fresh })
  const signed = await wallet(5).signTransaction({ ...used, type: 'eip1559', chainId: 31337 })
  await client.sendRawTransaction({ serializedTransaction: signed })
  for (const [what, expected, call] of [
    ['a used nonce', 'NonceTooLowError', () => wallet(0).sendTransaction(used)],
    ['a poor account', 'InsufficientFundsError', () => poor.sendTransaction({ ...used, nonce: 0 })],
    ['too little gas', 'IntrinsicGasTooLowError', () => wallet(4).sendTransaction({ ...used, gas: 20_000n })],
    ['a method that is not there', 'MethodNotFoundRpcError', () => client.request({ method: 'eth_fillTransactions', params: [] })],
    ['wrong parameters', 'InvalidParamsRpcError', () => client.request({ method: 'eth_getBalance', params: ['0x12'] })]
  ]) {
    const error = await fails(call())
    check(`${name}: ${what} is ${expected}`, named(error).includes(expected), named(error).join(' > ') || 'it was accepted')
  }
  const again = await fails(client.sendRawTransaction({ serializedTransaction: signed }))
  check(`${name}: sent twice it is already known, or mined`, /already known|nonce too low/.test(again?.details), again?.details)
}

async function testClient () {
  const client = createTestClient({ mode: 'anvil', chain, transport: http(chainRpc(base)) }).extend(publicActions).extend(walletActions)
  await client.setIntervalMining({ interval: 0 })
  const before = await client.getBlockNumber({ cacheTime: 0 })
  await client.mine({ blocks: 3 })
  const after = await client.getBlockNumber({ cacheTime: 0 })
  const id = await client.snapshot()
  const hash = await client.sendTransaction({ account: account(34), to, value: 5n })
  const status = await client.getTxpoolStatus()
  const content = await client.getTxpoolContent()
  const inspected = await client.inspectTxpool()
  const shown = content.pending[account(34).address]?.[0]?.hash ?? content.pending[account(34).address.toLowerCase()]?.[0]?.hash
  check('viem, test client: mines, and shows the pool', after === before + 3n && status.pending >= 1 && shown === hash &&
    JSON.stringify(inspected).includes('5 wei'), `${before} to ${after}, ${status.pending} pending`)
  await client.setBalance({ address: to, value: 77n })
  await client.revert({ id })
  await client.setIntervalMining({ interval: 1 })
  const height = await client.getBlockNumber({ cacheTime: 0 })
  check('viem, test client: goes back to a snapshot', height >= after && (await client.getBalance({ address: to })) !== 77n, `block ${height}`)
}
