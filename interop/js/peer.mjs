// A js-libp2p peer for the interoperability tests. It prints one JSON object a line and takes one command a line:
//
//   dial ADDR                connect                                  -> {"event":"dialled"}
//   ping ADDR N              N rounds of the ping protocol            -> {"event":"pinged","n":N}
//   echo ADDR BYTES          send and read back on /echo/1.0.0        -> {"event":"echoed","bytes":BYTES}
//   streams ADDR SEQ PAR     SEQ echoes one by one, PAR at once       -> {"event":"streamed","n":SEQ+PAR}
//   peers                    what identify told                       -> {"event":"peers","peers":[...]}
//   listen ADDR              listens there too, as through a relay    -> {"event":"listening","addrs":[..]}
//   quit                     close everything                         -> {"event":"bye"}
//
// With `--security tls` TLS instead of Noise; with `--relay true` it is a relay, with limits.
//
// It serves /echo/1.0.0 (sends back), /reset/1.0.0 (resets on the first bytes) and /half/1.0.0 (ends its direction at
// once, then counts what it gets: {"event":"half","bytes":N}). The first line is {"event":"ready","id":..,"addr":..}.
Promise.withResolvers ??= function () {
  let resolve, reject
  const promise = new Promise((a, b) => { resolve = a; reject = b })
  return { promise, resolve, reject }
}

const { createLibp2p } = await import('libp2p')
const { carrier } = await import('./transfer.mjs')
const { circuitRelayServer, circuitRelayTransport } = await import('@libp2p/circuit-relay-v2')
const { yamux } = await import('@chainsafe/libp2p-yamux')
const { identify, identifyPush } = await import('@libp2p/identify')
const { ping } = await import('@libp2p/ping')
const { multiaddr } = await import('@multiformats/multiaddr')
const readline = await import('node:readline')

const say = (object) => process.stdout.write(JSON.stringify(object) + '\n')

const options = { security: 'noise', relay: 'false' }
const words = process.argv.slice(2)
for (let i = 0; i + 1 < words.length; i += 2) options[words[i].replace(/^--/, '')] = words[i + 1]

const { transports, connectionEncrypters } = await carrier('tcp', options.security)
const node = await createLibp2p({
  addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
  transports: [...transports, circuitRelayTransport()],
  connectionEncrypters,
  streamMuxers: [yamux()],
  connectionGater: { denyDialMultiaddr: () => false },
  services: { identify: identify(), identifyPush: identifyPush(), ping: ping(), ...(options.relay === 'true' ? { relay: circuitRelayServer() } : {}) }
})

await node.handle('/echo/1.0.0', async (stream) => {
  for await (const bytes of stream) {
    if (!stream.send(bytes)) await stream.onDrain()
  }
  await stream.close()
}, { maxInboundStreams: 512, runOnLimitedConnection: true })

await node.handle('/reset/1.0.0', (stream) => {
  stream.addEventListener('message', () => stream.abort(new Error('as asked')), { once: true })
})

await node.handle('/half/1.0.0', async (stream) => {
  await stream.close()
  let bytes = 0
  for await (const chunk of stream) bytes += chunk.byteLength
  say({ event: 'half', bytes })
})

async function echo (address, bytes) {
  const connection = await node.dial(multiaddr(address))
  const stream = await connection.newStream('/echo/1.0.0', { maxOutboundStreams: 512, runOnLimitedConnection: true })
  const sent = new Uint8Array(bytes)
  for (let i = 0; i < bytes; i++) sent[i] = (i * 31) & 0xff
  const received = (async () => {
    let at = 0
    for await (const chunk of stream) {
      for (const b of chunk.subarray()) {
        if (b !== sent[at++]) throw new Error(`byte ${at - 1} differs`)
      }
    }
    return at
  })()
  for (let at = 0; at < bytes; at += 65536) {
    if (!stream.send(sent.subarray(at, Math.min(bytes, at + 65536)))) await stream.onDrain()
  }
  await stream.close()
  const n = await received
  if (n !== bytes) throw new Error(`${n} bytes of ${bytes} came back`)
}

const commands = {
  async dial (address) {
    await node.dial(multiaddr(address))
    say({ event: 'dialled' })
  },
  async ping (address, n) {
    let slowest = 0
    for (let i = 0; i < Number(n); i++) slowest = Math.max(slowest, await node.services.ping.ping(multiaddr(address)))
    say({ event: 'pinged', n: Number(n), slowestMs: slowest })
  },
  async echo (address, bytes) {
    const start = Date.now()
    await echo(address, Number(bytes))
    say({ event: 'echoed', bytes: Number(bytes), ms: Date.now() - start })
  },
  async streams (address, sequential, parallel) {
    for (let i = 0; i < Number(sequential); i++) await echo(address, 100)
    await Promise.all(Array.from({ length: Number(parallel) }, () => echo(address, 5000)))
    say({ event: 'streamed', n: Number(sequential) + Number(parallel) })
  },
  async peers () {
    const peers = []
    for (const peer of await node.peerStore.all()) {
      const agent = peer.metadata.get('AgentVersion')
      peers.push({
        id: peer.id.toString(),
        agent: agent == null ? null : new TextDecoder().decode(agent),
        protocols: peer.protocols,
        certified: peer.peerRecordEnvelope != null
      })
    }
    say({ event: 'peers', peers })
  },
  async listen (address) {
    await node.components.transportManager.listen([multiaddr(address)])
    say({ event: 'listening', addrs: node.components.transportManager.getAddrs().map(one => one.toString()) })
  },
  async quit () {
    await node.stop()
    say({ event: 'bye' })
    process.exit(0)
  }
}

const lines = readline.createInterface({ input: process.stdin })
lines.on('line', async (line) => {
  const [name, ...args] = line.trim().split(/\s+/)
  if (name === '') return
  try {
    if (commands[name] == null) throw new Error(`unknown command ${name}`)
    await commands[name](...args)
  } catch (err) {
    say({ event: 'error', command: line, message: String(err?.stack ?? err) })
  }
})
lines.on('close', () => process.exit(0))

say({ event: 'ready', id: node.peerId.toString(), addr: node.getMultiaddrs()[0].toString() })
