// A js-libp2p gossipsub peer that joins a running devnet of the meshsub dialect, or of both: it gets the transactions that the
// load publishes and publishes one of its own, which every node has to pool.
//
//   node gossip.mjs --base 127.61.0 --nodes 4 --seed 7 --want 60
import { check, chainRpc, getBytes, keccak256, main, nodes, options, rpc, until, Wallet } from './lib.mjs'
import { parseEther, toQuantity, toUtf8String, Transaction } from 'ethers'

Promise.withResolvers ??= function () {
  let resolve, reject
  const promise = new Promise((a, b) => { resolve = a; reject = b })
  return { promise, resolve, reject }
}

const { createLibp2p } = await import('libp2p')
const { tcp } = await import('@libp2p/tcp')
const { noise } = await import('@chainsafe/libp2p-noise')
const { yamux } = await import('@chainsafe/libp2p-yamux')
const { identify } = await import('@libp2p/identify')
const { ping } = await import('@libp2p/ping')
const { gossipsub } = await import('@libp2p/gossipsub')
const { multiaddr } = await import('@multiformats/multiaddr')

const { base, nodes: count, want } = options({ base: '127.60.0', nodes: '4', want: '60' })
const all = nodes(base, Number(count))

async function state (node) {
  const response = await fetch(`${node.ops}/api/v1/state`)
  return response.ok ? await response.json() : null
}

await main(async () => {
  // A node answers before it has joined its topics.
  const joined = async () => {
    const now = await state(all[0]).catch(() => null)
    return now?.topics.length > 0 ? now : null
  }
  const first = await until(joined, 10_000)
  if (first == null) throw new Error(`no topics from ${all[0].ops}`)
  // A node of both dialects shows its topics as masks of the other one.
  const topic = first.node.dialect === 'both'
    ? 'pollen/' + first.topics[0].name
    : toUtf8String('0x' + first.topics[0].mask.replace(/^0x/, ''))
  check('js: the topic is a string of the meshsub dialect', topic === 'pollen/tx', topic)

  const node = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false },
    services: {
      identify: identify(),
      ping: ping(),
      pubsub: gossipsub({
        globalSignaturePolicy: 'StrictNoSign',
        msgIdFn: (message) => getBytes(keccak256(message.data)),
        floodPublish: true
      })
    }
  })
  const pubsub = node.services.pubsub
  const received = new Map()
  let copies = 0
  pubsub.addEventListener('message', (event) => {
    if (event.detail.topic !== topic) return
    copies++
    received.set(keccak256(event.detail.data), event.detail.data)
  })
  pubsub.subscribe(topic)

  for (const one of all) {
    const id = (await until(() => state(one).catch(() => null), 5_000)).node.id
    await node.dial(multiaddr(`/ip4/${new URL(one.ops).hostname}/tcp/9810/p2p/${id}`))
  }
  const subscribers = await until(() => pubsub.getSubscribers(topic).length === all.length, 10_000)
  check('js: every node tells its subscription', subscribers === true, `${pubsub.getSubscribers(topic).length} of ${all.length}`)
  const mesh = await until(() => pubsub.getMeshPeers(topic).length > 0, 15_000)
  check('js: it is grafted into the mesh', mesh === true, `${pubsub.getMeshPeers(topic).length} mesh peers`)

  await until(() => received.size >= Number(want), 40_000)
  check(`js: it receives ${want} transactions of the load`, received.size >= Number(want), `${received.size} received`)
  check('js: each transaction once', copies === received.size, `${copies} deliveries of ${received.size} transactions`)
  let wrong = 0
  for (const [hash, data] of received) {
    try {
      const tx = Transaction.from(toBeHexBytes(data))
      if (tx.hash !== hash || tx.from == null) wrong++
    } catch { wrong++ }
  }
  check('js: each is a signed transaction named by its hash', received.size > 0 && wrong === 0, `${wrong} are not`)
  const sample = [...received.keys()].slice(-20, -10)
  let known = 0
  for (const hash of sample) if (await rpc(all.at(-1).rpc, 'eth_getTransactionByHash', hash) != null) known++
  check('js: node ' + all.at(-1).name + ' knows them too', sample.length === 10 && known === 10, `${known} of ${sample.length}`)

  const wallet = Wallet.createRandom()
  await rpc(chainRpc(base), 'anvil_setBalance', wallet.address, toQuantity(parseEther('1')))
  const height = Number(await rpc(all[0].rpc, 'eth_blockNumber'))
  await until(async () => Number(await rpc(all[0].rpc, 'eth_blockNumber')) > height, 10_000) // the pools look at accounts once a block
  const balance = await rpc(all[0].rpc, 'eth_getBalance', wallet.address, 'latest')
  const raw = await new Wallet(wallet.privateKey).signTransaction({
    type: 2,
    chainId: 31337,
    nonce: 0,
    to: wallet.address,
    value: 1n,
    gasLimit: 21_000,
    maxFeePerGas: 200_000_000_000n,
    maxPriorityFeePerGas: 2_000_000_000n
  })
  const hash = keccak256(raw)
  const started = Date.now()
  check('js: its account has a balance', BigInt(balance) > 0n, balance)
  const result = await pubsub.publish(topic, getBytes(raw))
  check('js: it publishes a raw transaction', result.recipients.length > 0, `to ${result.recipients.length} peers`)
  const places = await Promise.all(all.map((one) => until(async () => {
    const tx = await rpc(one.rpc, 'eth_getTransactionByHash', hash)
    return tx == null ? null : tx.blockNumber == null ? 'pending' : 'mined'
  }, 10_000, 50)))
  check('js: every node has its transaction', places.every(place => place != null),
    places.map((place, i) => `${all[i].name} ${place ?? 'absent'}`).join(', ') + ` after ${Date.now() - started} ms`)

  const seen = await until(async () => {
    const one = (await state(all[0])).peers.find(peer => peer.id === node.peerId.toString())
    return one?.agent ? one : null
  }, 10_000)
  check('js: node1 scores it at 0 or above', seen != null && seen.score >= 0 && seen.protocol.startsWith('/meshsub/'),
    seen == null ? 'absent' : `score ${seen.score}, ${seen.protocol}, ${seen.agent}`)
  await node.stop()
})

function toBeHexBytes (bytes) {
  return '0x' + Buffer.from(bytes).toString('hex')
}
