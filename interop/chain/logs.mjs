// Contracts and their events through a node that follows another client: a deployment with eth_sendRawTransactionSync, code,
// receipts and logs as the client has them, a filter that is polled, and a subscription of ethers over WebSocket that is told
// of logs whose block leaves the chain.
import { isDeepStrictEqual } from 'node:util'
import { Wallet, WebSocketProvider, id, parseEther } from 'ethers'

const TOPIC = id('Pollen(uint256)')
// Stores 42, logs it under the topic, stops: MSTORE, LOG1.
const RUNTIME = '602a600052' + '7f' + TOPIC.slice(2) + '60206000a100'
const LENGTH = (RUNTIME.length / 2).toString(16)
const CREATION = `0x60${LENGTH}8060093d393df3${RUNTIME}`

async function failure (promise) {
  try {
    return { result: await promise }
  } catch (err) {
    return err.answer ?? { message: err.message }
  }
}

export async function logs ({ rpc, node, chain, sign, give, mine, agrees, check, until }) {
  const wallet = new Wallet('0x' + '5'.repeat(64))
  await rpc(chain, 'anvil_setBalance', wallet.address, '0x' + parseEther('10').toString(16))
  const socket = new WebSocketProvider(node.replace('http:', 'ws:'))
  try {
    const deploy = await sign(wallet, 0, { to: null, data: CREATION, value: 0n, gasLimit: 200_000n })
    const heard = [] // by the socket: ethers keeps removed logs for those who ask for orphans
    const events = []
    await socket.on({ topics: [TOPIC] }, log => events.push(log.blockHash))
    socket.websocket.addEventListener('message', ({ data }) => {
      const log = JSON.parse(data).params?.result
      if (log?.topics?.[0] === TOPIC) heard.push({ block: log.blockHash, tx: log.transactionHash, removed: log.removed ?? false })
    })
    const filter = await rpc(node, 'eth_newFilter', { topics: [TOPIC] })

    // A wait that is too short, then one that ends with the block.
    const early = await failure(rpc(node, 'eth_sendRawTransactionSync', deploy.raw, 200))
    check('eth_sendRawTransactionSync gives up after its time: code 4, with the hash', early.code === 4 && early.data === deploy.hash,
      JSON.stringify(early))
    const second = await sign(wallet, 1, { to: wallet.address })
    const waiting = failure(rpc(node, 'eth_sendRawTransactionSync', second.raw, 30_000))
    const pooled = await until(() => rpc(node, 'eth_getTransactionByHash', second.hash), 20_000)
    await mine(deploy, second)
    const receipt = (await waiting).result
    check('eth_sendRawTransactionSync answers with the receipt that the client has',
      pooled != null && isDeepStrictEqual(receipt, await rpc(chain, 'eth_getTransactionReceipt', second.hash)) && receipt.status === '0x1',
      receipt == null ? JSON.stringify(await waiting) : `block ${Number(receipt.blockNumber)}`)
    await agrees('a contract is deployed through the node')

    const created = await rpc(node, 'eth_getTransactionReceipt', deploy.hash)
    const contract = created.contractAddress
    check('the contract is where its receipt says', await rpc(node, 'eth_getCode', contract, 'latest') === '0x' + RUNTIME, contract)
    const gas = BigInt(await rpc(node, 'eth_estimateGas', { from: wallet.address, to: contract }))
    check('eth_estimateGas runs its code', gas > 21_000n && gas < 30_000n, String(gas))

    const call = await give(await sign(wallet, 2, { to: contract, value: 0n, gasLimit: 100_000n }))
    await mine(call)
    await agrees('and called')
    const first = await rpc(node, 'eth_getTransactionReceipt', call.hash)
    const asked = await rpc(node, 'eth_getLogs', { address: contract, fromBlock: created.blockNumber })
    check('eth_getLogs answers as the client does, with what the receipt holds',
      asked.length === 1 && isDeepStrictEqual(asked, await rpc(chain, 'eth_getLogs', { address: contract, fromBlock: created.blockNumber })) &&
      isDeepStrictEqual(asked[0].topics, [TOPIC]) && asked[0].data === first.logs[0].data && BigInt(asked[0].data) === 42n,
      `${asked.length} of ${contract}`)
    const told = async (block, removed, what) => {
      const found = await until(() => heard.find(one => one.block === block && one.tx === call.hash && one.removed === removed), 20_000)
      check(what, found != null, JSON.stringify(heard))
    }
    await told(first.blockHash, false, 'the WebSocket subscription hears of the log')
    let changes = []
    const polled = async (block, removed) => await until(async () => {
      changes = changes.concat(await rpc(node, 'eth_getFilterChanges', filter))
      return changes.find(one => one.blockHash === block && one.transactionHash === call.hash && (one.removed ?? false) === removed)
    }, 20_000, 200) != null
    check('so does the filter that is polled', await polled(first.blockHash, false), `${changes.length} changes`)

    await rpc(chain, 'anvil_reorg', 1, [])
    await agrees('the block of the call is replaced by an empty one')
    await told(first.blockHash, true, 'the WebSocket subscription hears that the log is removed')
    check('and the filter', await polled(first.blockHash, true), `${changes.length} changes`)
    check('its logs and receipt are gone, and it is pooled again',
      (await rpc(node, 'eth_getLogs', { address: contract, fromBlock: created.blockNumber })).length === 0 &&
      await rpc(node, 'eth_getTransactionReceipt', call.hash) === null &&
      (await rpc(node, 'eth_getTransactionByHash', call.hash)).blockHash === null)

    await mine(call)
    await agrees('it is mined again')
    const again = await rpc(node, 'eth_getTransactionReceipt', call.hash)
    check('in another block', again.blockHash !== first.blockHash)
    await told(again.blockHash, false, 'the WebSocket subscription hears of the log in its new block')
    const both = [first.blockHash, again.blockHash].join()
    check('and ethers tells of both', await until(() => events.join() === both, 20_000) === true, events.join())
    check('and the filter, in this order', await polled(again.blockHash, false) && heard.map(one => one.removed).join() === 'false,true,false' &&
      changes.map(one => one.removed ?? false).join() === 'false,true,false', JSON.stringify(heard))
    const whole = await rpc(node, 'eth_getFilterLogs', filter)
    check('eth_getFilterLogs has what is on the chain now', whole.length === 1 && whole[0].blockHash === again.blockHash)
    check('the filter can be given up', await rpc(node, 'eth_uninstallFilter', filter) === true)
  } finally {
    await socket.destroy()
  }
}
