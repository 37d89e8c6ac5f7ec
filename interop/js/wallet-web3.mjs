// A web3.js client on a devnet without load, on a node's listener over HTTP and WebSocket and on the chain's own.
//
//   node wallet-web3.mjs --base 127.62.0 --seed 42
import { Web3 } from 'web3'
import { chainRpc, check, devKey, main, nodes, options, rpc, until } from './lib.mjs'

const { base, seed } = options({ base: '127.60.0', seed: '42' })
const [node] = nodes(base, 1)
const to = '0x00000000000000000000000000000000000000aa'
const fails = (call) => call.then(() => null, (error) => error)
// The text of an error is in the error, in what it wraps, or in its data.
const text = (error) => [error?.message, error?.innerError?.message, error?.cause?.message, error?.error?.message].filter(Boolean).join(' | ')

await main(async () => {
  await rpc(chainRpc(base), 'evm_setIntervalMining', 1)
  await suite('node over HTTP', node.rpc, 35)
  await suite('node over WebSocket', node.rpc.replace('http', 'ws'), 37)
  await suite('chain over HTTP', chainRpc(base), 39)
})

async function suite (where, url, first) {
  const name = `web3, ${where}`
  const web3 = new Web3(url)
  web3.eth.transactionPollingInterval = 200
  web3.eth.transactionReceiptPollingInterval = 200
  const account = web3.eth.accounts.privateKeyToAccount(devKey(seed, first))
  web3.eth.accounts.wallet.add(account)
  const [id, version, listening, peers, agent, balance, block, price] = await Promise.all([
    web3.eth.getChainId(), web3.eth.net.getId(), web3.eth.net.isListening(), web3.eth.net.getPeerCount(), web3.eth.getNodeInfo(),
    web3.eth.getBalance(account.address), web3.eth.getBlock('latest', true), web3.eth.getGasPrice()
  ])
  check(`${name}: reads chain, network, client, balance, block`, id === 31337n && version === 31337n && listening === true && peers >= 1n &&
    agent.startsWith('pollen/') && balance === 10n ** 22n && block.number >= 0n && price > 0n, `${agent}, ${peers} peers, block ${block.number}`)

  const heads = []
  const pending = []
  const subscriptions = []
  if (url.startsWith('ws')) {
    for (const [kind, list] of [['newHeads', heads], ['pendingTransactions', pending]]) {
      const subscription = await web3.eth.subscribe(kind)
      subscription.on('data', (one) => list.push(one))
      subscription.on('error', (one) => list.push(one))
      subscriptions.push(subscription)
    }
  }
  const forms = {
    0: { type: 0, gasPrice: 5_000_000_000n },
    1: { type: 1, gasPrice: 5_000_000_000n, gas: 60_000n, accessList: [{ address: to, storageKeys: ['0x' + '01'.padStart(64, '0')] }] },
    2: {}
  }
  const hashes = []
  for (const [type, form] of Object.entries(forms)) {
    const receipt = await web3.eth.sendTransaction({ from: account.address, to, value: 1n, ...form }).catch((error) => error)
    const tx = receipt.transactionHash == null ? null : await web3.eth.getTransaction(receipt.transactionHash)
    hashes.push(receipt.transactionHash)
    check(`${name}: type ${type} is sent, mined and read back`, receipt.status === 1n && Number(tx?.type) === Number(type) && tx.blockHash === receipt.blockHash,
      receipt.status == null ? text(receipt) : `block ${receipt.blockNumber}`)
  }
  if (url.startsWith('ws')) {
    const told = await until(() => heads.length > 1 && hashes.every((hash) => pending.includes(hash)), 5_000, 50)
    check(`${name}: newHeads and pendingTransactions tell`, told === true && heads.every((one) => one.number != null), `${heads.length} heads, ${pending.length} pending`)
    for (const one of subscriptions) await one.unsubscribe()
  }
  const nonce = await web3.eth.getTransactionCount(account.address, 'pending')
  const sign = (fields) => account.signTransaction({ to, value: 1n, gas: 21_000n, maxFeePerGas: 9_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n, chainId: 31337n, ...fields })
  for (const [what, expected, fields] of [
    ['a used nonce', /nonce too low/, { nonce: 0n }],
    ['a tip below the least', /transaction gas price below minimum: gas tip cap 0, minimum needed 1/, { nonce, maxPriorityFeePerGas: 0n }],
    ['more than the account has', /insufficient funds for gas \* price \+ value/, { nonce, value: 10n ** 24n }],
    ['a fee over the cap', /tx fee \(.* ether\) exceeds the configured cap \(1\.00 ether\)/, { nonce, gas: 1_000_000n, maxFeePerGas: 10n ** 13n }]
  ]) {
    const { rawTransaction } = await sign(fields)
    const error = await fails(web3.eth.sendSignedTransaction(rawTransaction))
    check(`${name}: ${what} is told`, expected.test(text(error)), text(error) || 'it was accepted')
  }
  const history = await web3.eth.getFeeHistory(4, 'latest', [50])
  const logs = await web3.eth.getPastLogs({ fromBlock: 0n, toBlock: 'latest' })
  check(`${name}: fee history and logs`, history.baseFeePerGas.length >= 2 && logs.length === 0)
  if (url.startsWith('ws')) web3.provider.disconnect()
}
