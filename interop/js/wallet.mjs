// An ethers client on a devnet without load: transactions of types 0, 1, 2 and 4 go into node 1 and have to be pending
// on every other node; then the chain makes a block and each wait() has to get its receipt.
//
//   node wallet.mjs --base 127.62.0 --nodes 4 --seed 42
import { JsonRpcProvider, parseEther } from 'ethers'
import { chainRpc, check, devWallet, main, nodes, options, rpc, until, Wallet } from './lib.mjs'

const { base, nodes: count, seed } = options({ base: '127.60.0', nodes: '4', seed: '42' })
const all = nodes(base, Number(count))

await main(async () => {
  const provider = new JsonRpcProvider(all[0].rpc, undefined, { polling: true, pollingInterval: 300, cacheTimeout: -1 })
  const chain = chainRpc(base)
  const chainId = (await provider.getNetwork()).chainId
  check('ethers: it connects', chainId === 31337n, `chain id ${chainId}`)

  const balance = await provider.getBalance(devWallet(seed, 0).address)
  const nonce = await provider.getTransactionCount(devWallet(seed, 0).address)
  check('ethers: balance and nonce of a derived account', balance === parseEther('10000') && nonce === 0, `${balance} wei, nonce ${nonce}`)

  await rpc(chain, 'evm_setIntervalMining', 0)
  const to = '0x00000000000000000000000000000000000000aa'
  const authority = devWallet(seed, 10, provider)
  const forms = {
    0: () => ({ type: 0, to, value: 1n }),
    1: () => ({ type: 1, to, value: 2n, accessList: [{ address: to, storageKeys: ['0x' + '01'.padStart(64, '0')] }], gasLimit: 60_000 }),
    2: () => ({ type: 2, to, value: 3n }),
    4: async () => ({
      type: 4, to, value: 4n, gasLimit: 120_000,
      authorizationList: [await authority.authorize({ address: to, nonce: 0, chainId })]
    })
  }
  const sent = []
  for (const [type, form] of Object.entries(forms)) {
    const wallet = devWallet(seed, Number(type), provider)
    const response = await wallet.sendTransaction(await form())
    sent.push({ type, response, from: wallet.address })
    const places = await Promise.all(all.slice(1).map((one) => until(async () => {
      const content = await rpc(one.rpc, 'txpool_contentFrom', wallet.address)
      const tx = content.pending?.[String(response.nonce)]
      return tx?.hash === response.hash && Number(tx.type) === Number(type) ? 'pending' : null
    }, 5_000, 50)))
    check(`ethers: a transaction of type ${type} sent to node1 is pending on every other node`, places.every(place => place === 'pending'),
      places.map((place, i) => `${all[i + 1].name} ${place ?? 'absent'}`).join(', '))
  }

  // Two more of one account, the second before the first: queued, then pending everywhere.
  const sender = devWallet(seed, 5, provider)
  const later = await sender.sendTransaction({ type: 2, to, value: 1n, nonce: 1 })
  const queued = (await rpc(all[0].rpc, 'txpool_contentFrom', sender.address)).queued?.['1']?.hash === later.hash
  const elsewhere = await rpc(all[1].rpc, 'eth_getTransactionByHash', later.hash)
  const now = await sender.sendTransaction({ type: 2, to, value: 1n, nonce: 0 })
  const both = await until(async () => {
    const pending = (await rpc(all.at(-1).rpc, 'txpool_contentFrom', sender.address)).pending ?? {}
    return pending['0']?.hash === now.hash && pending['1']?.hash === later.hash
  }, 5_000, 50)
  check('ethers: a nonce gap is queued and not gossiped; filled, both are pending on the last node', queued && elsewhere == null && both === true)

  for (const [name, code, tx] of [
    ['poor', 'INSUFFICIENT_FUNDS', () => Wallet.createRandom(provider).sendTransaction({ to, value: 1n, gasLimit: 21_000 })],
    ['underpriced replacement', 'REPLACEMENT_UNDERPRICED', () => sender.sendTransaction({
      type: 2, to, value: 2n, nonce: 0, gasLimit: 21_000, maxFeePerGas: now.maxFeePerGas, maxPriorityFeePerGas: now.maxPriorityFeePerGas
    })]
  ]) {
    const error = await tx().then(() => null, err => err)
    check(`ethers: ${name} is ${code}`, error?.code === code, error == null ? 'it was accepted' : error.code)
  }

  await rpc(chain, 'evm_mine')
  await rpc(chain, 'evm_setIntervalMining', 1000)
  for (const { type, response } of sent) {
    const receipt = await response.wait(1, 20_000).catch(err => ({ failure: err.code ?? String(err) }))
    check(`ethers: wait() of type ${type} gets a receipt`, receipt?.status === 1 && receipt.hash === response.hash,
      receipt?.failure ?? `block ${receipt?.blockNumber}, status ${receipt?.status}, gas ${receipt?.gasUsed}`)
  }
  const code = await provider.getCode(authority.address)
  check('ethers: type 4 delegated the account', code === '0xef0100' + to.slice(2), code)
  const error = await devWallet(seed, 0, provider).sendTransaction({ type: 0, to, nonce: 0 }).then(() => null, err => err)
  check('ethers: a used nonce is NONCE_EXPIRED', error?.code === 'NONCE_EXPIRED', error?.code ?? 'it was accepted')
  provider.destroy()
})
