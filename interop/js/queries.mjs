// Asks a Prometheus that scraped a devnet every question of the dashboards and rules. Each has to be understood, and
// answered with something, unless its panel is tagged maybe-empty; every metric named has to be in the catalogue.
//
//   node queries.mjs --prometheus http://127.0.0.1:9090 --targets 6
import { readdirSync, readFileSync } from 'node:fs'
import { check, main, options, until } from './lib.mjs'

const { prometheus, targets } = options({ prometheus: 'http://127.0.0.1:9090', targets: '6' })
const root = new URL('../../', import.meta.url)
const catalogue = new Map(readFileSync(new URL('node/src/main/resources/metrics.tsv', root), 'utf8').split('\n')
  .filter(line => line !== '' && !line.startsWith('#')).map(line => line.split('\t')).map(([name, type, labels, when]) => [name, { type, when }]))
// Names of ours in a query; those with colons are recorded by rules, and there or not by their answers.
const FAMILIES = /(?<![a-z0-9_:])(?:pollen|libp2p|gossipsub|txpool|chain|rpc|jvm|process)_[a-z0-9_]+(?![a-z0-9_:])/g

async function api (path, parameters = {}) {
  const response = await fetch(`${prometheus}/api/v1/${path}?${new URLSearchParams(parameters)}`)
  return await response.json()
}

function plain (expr) {
  return expr.replaceAll('$__rate_interval', '1m').replaceAll('$__range', '1m').replaceAll('$topic', '.+')
    .replaceAll('$instance', '.+').replaceAll('$job', '.+')
}

const stem = name => catalogue.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '')
const names = expr => expr.replace(/"[^"]*"/g, '""').replace(/\b(by|on|without|group_left|ignoring) ?\([^)]*\)/g, '').match(FAMILIES) ?? []

await main(async () => {
  const up = await until(async () => {
    const active = (await api('targets', { state: 'active' })).data.activeTargets
    return active.filter(target => target.health === 'up').length >= Number(targets) ? active : null
  }, 15_000, 500)
  check(`prometheus: ${targets} targets are up, found by /sd`, up != null)

  const exported = new Set((await api('label/__name__/values')).data)
  const strangers = [...exported].filter(name => !name.includes(':') && !/^(up|ALERTS|ALERTS_FOR_STATE|scrape_.*)$/.test(name))
    .map(stem).filter(name => !catalogue.has(name))
  check('prometheus: every exported metric is in the catalogue', strangers.length === 0, [...new Set(strangers)].slice(0, 5).join(' '))
  const missing = [...catalogue.keys()].filter(name => !exported.has(name) && !exported.has(name + '_count') && /^(always|with a chain source|with peers)$/.test(catalogue.get(name).when))
  check('prometheus: every metric of the catalogue that needs no occasion is exported', missing.length === 0, missing.slice(0, 12).join(' '))
  const types = (await api('metadata')).data
  const told = name => (types[name] ?? types[name.replace(/_(total|info)$/, '')])?.[0].type // OpenMetrics names families without the suffix
  const wrongly = [...catalogue].filter(([name, { type }]) => exported.has(name) && told(name) !== type).map(([name, { type }]) => `${name} is ${told(name)}, not ${type}`)
  check('prometheus: each has the type that the catalogue says', Object.keys(types).length > 100 && wrongly.length === 0, wrongly.slice(0, 6).join(' '))

  let asked = 0
  const wrong = []
  for (const file of readdirSync(new URL('grafana/dashboards/', root)).filter(name => name.endsWith('.json'))) {
    const dashboard = JSON.parse(readFileSync(new URL('grafana/dashboards/' + file, root)))
    const panels = dashboard.panels.flatMap(panel => [panel, ...(panel.panels ?? [])])
    for (const panel of panels) {
      for (const target of panel.targets ?? []) {
        asked++
        const answer = await api('query', { query: plain(target.expr) })
        const mayBeEmpty = /maybe-empty/.test(panel.description ?? '') || (panel.tags ?? []).includes('maybe-empty')
        if (answer.status !== 'success') wrong.push(`${panel.title}: ${answer.error}`)
        else if (answer.data.result.length === 0 && !mayBeEmpty) wrong.push(`${panel.title}: empty: ${target.expr}`)
        for (const name of names(target.expr)) if (!catalogue.has(stem(name))) wrong.push(`${panel.title}: unknown ${name}`)
      }
    }
  }
  check(`prometheus: ${asked} dashboard queries are answered`, asked > 0 && wrong.length === 0, wrong.slice(0, 6).join(' | '))

  const rules = (await api('rules')).data.groups.flatMap(group => group.rules)
  const silent = []
  for (const rule of rules) {
    const answer = await api('query', { query: rule.query })
    if (answer.status !== 'success') silent.push(`${rule.name}: ${answer.error}`)
    else if (rule.type === 'recording' && answer.data.result.length === 0) silent.push(`${rule.name}: empty`)
    for (const name of names(rule.query)) if (!exported.has(name)) silent.push(`${rule.name}: nothing exports ${name}`)
  }
  check(`prometheus: ${rules.length} rules are understood and their metrics are there`, rules.length > 0 && silent.length === 0, silent.slice(0, 6).join(' | '))
  const firing = rules.filter(rule => rule.state === 'firing').map(rule => rule.name)
  check('prometheus: no alert fires on a healthy devnet', firing.length === 0, firing.join(' '))
})
