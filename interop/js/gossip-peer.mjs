// A js-libp2p gossipsub peer for the interoperability checks: options as flags, one command a line on standard input,
// one JSON object a line on standard output. The commands are listed in interop/README.md.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

Promise.withResolvers ??= function () {
  let resolve, reject
  const promise = new Promise((a, b) => { resolve = a; reject = b })
  return { promise, resolve, reject }
}

const { createLibp2p } = await import('libp2p')
const { yamux } = await import('@chainsafe/libp2p-yamux')
const { identify } = await import('@libp2p/identify')
const { ping } = await import('@libp2p/ping')
const { carrier, serve } = await import('./transfer.mjs')
const { gossipsub } = await import('@libp2p/gossipsub')
const { multiaddr } = await import('@multiformats/multiaddr')

const options = { listen: '/ip4/127.0.0.1/tcp/0', protocol: '1.2', policy: 'strict-sign', d: '6', px: 'false', flood: 'false', heartbeat: '500', hold: 'false', transport: 'tcp', security: 'noise', wss: '' }
const words = process.argv.slice(2)
for (let i = 0; i + 1 < words.length; i += 2) options[words[i].replace(/^--/, '')] = words[i + 1]

const say = (object) => process.stdout.write(JSON.stringify(object) + '\n')
const version = (name) => JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version

const d = Number(options.d)
const sizes = d === 6 ? {} : { D: d, Dlo: d, Dhi: d, Dscore: d, Dout: 0 }
const node = await createLibp2p({
  addresses: { listen: [options.listen] },
  ...await carrier(options.transport, options.security, options.wss),
  streamMuxers: [yamux()],
  connectionGater: { denyDialMultiaddr: () => false },
  connectionManager: { maxConnections: 300, inboundConnectionThreshold: 1000 },
  services: {
    identify: identify(),
    ping: ping(),
    pubsub: gossipsub({
      // It has no lax policies: what it receives has to be as what it sends.
      globalSignaturePolicy: options.policy.endsWith('no-sign') ? 'StrictNoSign' : 'StrictSign',
      msgIdFn: (message) => createHash('sha256').update(message.data).digest(),
      ...sizes,
      heartbeatInterval: Number(options.heartbeat),
      pruneBackoff: 10_000,
      unsubcribeBackoff: 5_000,
      floodPublish: options.flood === 'true',
      doPX: options.px === 'true',
      allowPublishToZeroTopicPeers: true,
      scoreParams: { IPColocationFactorWeight: 0 },
      scoreThresholds: { gossipThreshold: -10, publishThreshold: -20, graylistThreshold: -40, acceptPXThreshold: 0, opportunisticGraftThreshold: 1 }
    })
  }
})
const pubsub = node.services.pubsub
const names = []
let holding = false
let held = []
pubsub.addEventListener('message', (event) => {
  names.push(new TextDecoder().decode(event.detail.data).split(' ', 1)[0])
})

const commands = {
  ...await serve(node),
  async dial (address) {
    const connection = await node.dial(multiaddr(address))
    return { peer: connection.remotePeer.toString() }
  },
  async hangup (peer) {
    const known = node.getPeers().find(one => one.toString() === peer)
    if (known != null) await node.hangUp(known)
    return {}
  },
  async join (topic) {
    if (options.hold === 'true') {
      pubsub.topicValidators.set(topic, async () => {
        if (holding) await new Promise(resolve => held.push(resolve))
        return 'accept'
      })
    }
    pubsub.subscribe(topic)
    return {}
  },
  async leave (topic) {
    pubsub.unsubscribe(topic)
    return {}
  },
  async hold () {
    holding = true
    return {}
  },
  async held () { return { count: held.length } },
  async release () {
    holding = false
    held.forEach(resolve => resolve())
    held = []
    return {}
  },
  async publish (topic, count, size, prefix) {
    for (let i = 0; i < Number(count); i++) {
      await pubsub.publish(topic, new TextEncoder().encode(`${prefix}#${i} `.padEnd(Number(size), '.')))
    }
    return { published: Number(count) }
  },
  async received () { return { names, distinct: new Set(names).size } },
  async mesh (topic) { return { peers: pubsub.getMeshPeers(topic) } },
  async subscribers (topic) { return { peers: pubsub.getSubscribers(topic).map(peer => peer.toString()) } },
  async peers () { return { peers: node.getPeers().map(peer => peer.toString()) } },
  async scores () {
    return { scores: Object.fromEntries(node.getPeers().map(peer => [peer.toString(), pubsub.getScore(peer.toString())])) }
  },
  async stats () { return { stats: {} } },
  async quit () { return {} }
}

say({
  event: 'ready',
  id: node.peerId.toString(),
  addr: node.getMultiaddrs()[0].toString(),
  version: `js-libp2p ${version('libp2p')}, gossipsub ${version('@libp2p/gossipsub')}`
})
let last = Promise.resolve()
const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => {
  const [name, ...args] = line.replace(/^@\d+ /, '').trim().split(/\s+/)
  last = last.then(async () => {
    try {
      if (commands[name] == null) throw new Error(`unknown command ${name}`)
      say({ answer: name, ...await commands[name](...args) })
    } catch (err) {
      say({ answer: name, error: String(err?.stack ?? err) })
    }
    if (name === 'quit') process.exit(0)
  })
})
lines.on('close', () => process.exit(0))
