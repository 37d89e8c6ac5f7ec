// The live page: one snapshot a second over server-sent events, drawn with ECharts. Read-only.
const $ = id => document.getElementById(id);
const PARTS = ['P1', 'P2', 'P3', 'P3b', 'P4', 'P5', 'P6', 'P7'];
const MEANING = {
  P1: 'time in mesh', P2: 'first deliveries', P3: 'mesh delivery deficit', P3b: 'deficit when it left the mesh',
  P4: 'invalid messages', P5: 'application', P6: 'peers on one address', P7: 'misbehaviour',
};
const history = { t: [], messages: [], duplicates: [], p50: [], p99: [], bytesIn: [], bytesOut: [], pending: [], queued: [], baseFee: [] };
const POINTS = 300;
let state = null, last = 0, chosen = null, topic = null, paused = false, charts = {};
let order = { by: 'Σ', down: true }, explained = null; // of the score table; why the chosen peer has its score

const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const number = (v, digits = 1) => v == null ? '–' : Math.abs(v) >= 1e6 ? (v / 1e6).toFixed(1) + ' M' : Math.abs(v) >= 1e4 ? (v / 1e3).toFixed(1) + ' k' : Number(v.toFixed(digits)).toString();
const signed = (v, digits = 2) => (v > 0 ? '+' : '') + (v && Math.abs(v) < .5 * 10 ** -digits ? v.toPrecision(1) : number(v, digits));
const bytes = v => v >= 1 << 20 ? (v / (1 << 20)).toFixed(1) + ' MiB' : v >= 1024 ? (v / 1024).toFixed(1) + ' KiB' : Math.round(v) + ' B';
const clock = ms => new Date(ms).toTimeString().slice(0, 8);
const gwei = wei => wei == null ? '–' : number(wei / 1e9, 3) + ' gwei';
const duration = ms => { const s = Math.floor(ms / 1000); return [s / 3600, s / 60 % 60, s % 60].map(x => String(Math.floor(x)).padStart(2, '0')).join(':'); };

// Text that peers chose goes through textContent only; nothing here builds markup from it.
function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'style') node.style.cssText = value; else if (key.startsWith('on')) node[key] = value; else node.setAttribute(key, value);
  }
  node.append(...children.filter(c => c != null));
  return node;
}
const replace = (id, ...children) => $(id).replaceChildren(...children);

function scoreColour(score) { return score > 0.01 ? css('--good') : score < -0.01 ? css('--bad') : css('--flat'); }
function heat(value) { // blue above, orange below: told apart by every kind of eye, and the number is always there
  if (!value) return '';
  const strength = Math.min(70, 12 + 18 * Math.log10(1 + Math.abs(value) * 10));
  return `background-color:color-mix(in srgb,${value > 0 ? 'var(--good)' : 'var(--bad)'} ${strength.toFixed(0)}%,transparent)`;
}

function chart(id) {
  if (!charts[id]) { charts[id] = echarts.init($(id), null, { renderer: 'canvas' }); }
  return charts[id];
}
function lines(id, title, series, format) {
  chart(id).setOption({
    animation: false, grid: { left: 54, right: 26, top: 26, bottom: 20 },
    title: { text: title, textStyle: { fontSize: 12, fontWeight: 400, color: css('--quiet') }, left: 0, top: 0 },
    legend: { right: 6, top: 0, itemWidth: 12, itemHeight: 8, textStyle: { color: css('--quiet'), fontSize: 11 } },
    tooltip: { trigger: 'axis', valueFormatter: format, backgroundColor: css('--panel'), borderColor: css('--edge'), textStyle: { color: css('--text') } },
    xAxis: { type: 'time', axisLine: { lineStyle: { color: css('--edge') } }, axisLabel: { color: css('--quiet'), hideOverlap: true, fontSize: 10, formatter: '{HH}:{mm}:{ss}' }, splitLine: { show: false } },
    yAxis: { type: 'value', min: 0, splitNumber: 3, axisLabel: { color: css('--quiet'), formatter: format, fontSize: 10 }, splitLine: { lineStyle: { color: css('--edge') } } },
    series: series.map(s => ({ name: s.name, type: 'line', showSymbol: false, lineStyle: { width: 1.6 }, color: css(s.colour), areaStyle: s.fill ? { opacity: .18 } : null, stack: s.stack, data: history.t.map((t, i) => [t, history[s.key][i]]) })),
  });
}

function remember(s) {
  history.t.push(s.now);
  const t = s.traffic, p = s.pool, c = s.chain;
  const values = { messages: t.messagesPerSecond, duplicates: t.duplicatesPerSecond, p50: t.p50Ms, p99: t.p99Ms, bytesIn: t.bytesInPerSecond, bytesOut: t.bytesOutPerSecond, pending: p ? p.pending : null, queued: p ? p.queued : null, baseFee: c && c.head ? c.head.baseFee : null };
  for (const key of Object.keys(values)) history[key].push(values[key]);
  for (const key of Object.keys(history)) if (history[key].length > POINTS) history[key].shift();
}

function header(s) {
  $('identity').textContent = s.node.short; $('identity').title = s.node.id;
  $('dialect').textContent = s.node.dialect; $('uptime').textContent = 'up ' + duration(s.node.uptimeMs);
  const failing = Object.entries(s.node.checks).filter(([, v]) => v !== 'ok');
  $('ready').textContent = s.node.ready ? '● ready' : '● ' + failing.map(([k, v]) => k + ': ' + v).join(', ');
  $('ready').className = 'pill ' + (s.node.ready ? 'ok' : 'bad');
  const nodes = s.devnet ? s.devnet.nodes : [];
  const select = $('node');
  if (select.length !== Math.max(1, nodes.length)) {
    select.replaceChildren(...(nodes.length ? nodes : [{ name: s.node.name, url: '' }]).map(n => element('option', { value: n.url }, n.name + (n.role && n.role !== 'honest' ? ' (' + n.role + ')' : ''))));
    select.value = (nodes.find(n => n.id === s.node.id) || { url: '' }).url;
  }
  document.title = 'Pollen · ' + s.node.name;
}

function numbers(s) {
  const t = s.traffic, item = (value, label) => element('div', {}, element('b', {}, value), element('span', {}, label));
  const sorted = s.peers.map(p => p.score).sort((a, b) => a - b);
  const list = [
    item(String(s.peers.length), 'peers'),
    item(s.topics.length ? String(Math.min(...s.topics.map(x => x.mesh.length))) : '–', `mesh, ${s.params.dLo}–${s.params.dHi}`),
    item(number(t.messagesPerSecond), 'messages / s'),
    item(number(t.duplicateRatio) + '×', 'copies each'),
    item(t.p50Ms == null ? '–' : number(t.p50Ms) + ' ms', 'arrival p50'),
    item(t.p99Ms == null ? '–' : number(t.p99Ms) + ' ms', 'arrival p99'),
    item(sorted.length ? number(sorted[0], 2) : '–', 'worst score'),
    item(sorted.length ? number(sorted[Math.floor(sorted.length / 2)]) : '–', 'median score'),
  ];
  if (s.pool) list.push(item(number(s.pool.pending, 0), 'pending'), item(number(s.pool.queued, 0), 'queued'));
  if (s.chain && s.chain.head) list.push(item(String(s.chain.head.number), 'head'), item(String(s.chain.reorgCount), 'reorgs'));
  replace('numbers', ...list);
}

// A mask of few bits by their numbers, the lowest first; a topic string of the meshsub dialect as it is.
function maskText(t) {
  const digits = t.mask.replace(/^0x/, '');
  if (t.bits > 4) {
    const bytes = digits.match(/../g) || [];
    const text = bytes.map(b => String.fromCharCode(parseInt(b, 16))).join('');
    return /^[\x20-\x7e]+$/.test(text) ? `topic “${text}”` : `a mask of ${t.bits} bits`;
  }
  const bits = [];
  [...digits].forEach((digit, i) => { for (let b = 0; b < 4; b++) if (parseInt(digit, 16) >> (3 - b) & 1) bits.push(i * 4 + b); });
  return `mask: bit ${bits.join(', ')} of ${digits.length * 4}`;
}
// Places on an ellipse that fills the chart, the first at the top, with labels on the outside. In the chart's own pixels,
// since a layout of another shape would be stretched, and the nodes with it.
function places(count) {
  const round = Array.from({ length: count }, (_, i) => { const a = 2 * Math.PI * i / count - Math.PI / 2; return [Math.cos(a), Math.sin(a)]; });
  const reach = axis => Math.max(1e-3, ...round.map(at => Math.abs(at[axis])));
  const wide = Math.max(40, $('graph').clientWidth / 2 - 70) / reach(0), high = Math.max(40, $('graph').clientHeight / 2 - 34) / reach(1);
  return round.map(([x, y]) => ({ x: wide * x, y: high * y, label: Math.abs(x) < .2 ? (y < 0 ? 'top' : 'bottom') : x < 0 ? 'left' : 'right' }));
}
function mesh(s) {
  const select = $('topic'), names = s.topics.map(x => x.name);
  if ([...select.options].map(o => o.value).join() !== names.join()) {
    select.replaceChildren(...names.map(n => element('option', { value: n }, n)));
    if (!names.includes(topic)) topic = names[0] ?? null;
    if (topic) select.value = topic;
  }
  const current = s.topics.find(x => x.name === topic);
  $('meshNote').textContent = current ? `${current.mesh.length} in our mesh, ${current.subscribers} subscribers, ${maskText(current)}` : '';
  const degree = {};
  const once = new Map(); // both ends tell of an edge: a mesh on either side is drawn as one
  for (const e of s.edges) {
    if (e.topic !== topic && e.topic != null) continue;
    const key = e.a < e.b ? e.a + e.b : e.b + e.a;
    if (!once.has(key) || e.kind === 'mesh') once.set(key, e);
  }
  const edges = [...once.values()];
  edges.forEach(e => { if (e.kind === 'mesh') { degree[e.a] = (degree[e.a] || 0) + 1; degree[e.b] = (degree[e.b] || 0) + 1; } });
  const count = s.vertices.length, at = places(count);
  chart('graph').setOption({
    animationDuration: 0, animationDurationUpdate: 400,
    tooltip: { backgroundColor: css('--panel'), borderColor: css('--edge'), textStyle: { color: css('--text') }, formatter: p => p.dataType === 'node' ? p.data.tip : '' },
    series: [{
      type: 'graph', layout: count > 40 ? 'force' : 'none', roam: true, left: 70, right: 70, top: 34, bottom: 34, force: { repulsion: 120, edgeLength: 60, gravity: .12 },
      data: s.vertices.map((v, i) => ({
        id: v.id, name: v.name, ...(count > 40 ? {} : { x: at[i].x, y: at[i].y }), symbolSize: (v.id === s.node.id ? 30 : 20) + Math.min(10, degree[v.id] || 0),
        itemStyle: { color: v.id === s.node.id ? css('--accent') : scoreColour(v.score ?? 0), borderColor: v.role === 'attacker' ? css('--bad') : v.role === 'slow' ? css('--queued') : css('--text'), borderWidth: v.role === 'honest' ? 0 : 3 },
        label: { show: count <= 60, position: count > 40 ? 'right' : at[i].label, color: css('--text'), fontSize: 11, formatter: '{b}' },
        tip: `${escape(v.name)} ${escape(v.short)}<br>role ${escape(v.role)}<br>mesh links ${degree[v.id] || 0}<br>score ${v.score == null ? 'own node' : number(v.score, 2)}`,
      })),
      links: edges.map(e => ({ source: e.a, target: e.b, lineStyle: e.kind === 'mesh' ? { width: e.a === s.node.id || e.b === s.node.id ? 2.2 : 1, opacity: e.a === s.node.id || e.b === s.node.id ? .95 : .4, color: css('--quiet'), curveness: .08 } : { width: 1, type: 'dashed', opacity: .22, color: css('--quiet') } })),
    }],
  });
}
const escape = text => String(text).replace(/[&<>"']/g, c => '&#' + c.charCodeAt(0) + ';');

function scores(s) {
  const column = name => {
    const th = element('th', { class: name === 'peer' ? '' : 'num', title: MEANING[name] ?? 'sort', tabindex: 0, role: 'button', 'aria-label': 'sort by ' + name });
    const sort = () => { order = { by: name, down: order.by === name ? !order.down : name !== 'peer' }; draw(); };
    th.onclick = sort; th.onkeydown = e => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); sort(); } };
    return th;
  };
  if (!$('scores').tHead.rows.length) {
    $('scores').tHead.append(element('tr', {}, column('peer'), ...PARTS.map(column), column('Σ'), element('th', {}, 'state')));
  }
  ['peer', ...PARTS, 'Σ'].forEach((name, i) => {
    const th = $('scores').tHead.rows[0].cells[i];
    th.textContent = name + (order.by === name ? order.down ? ' ▾' : ' ▴' : '');
    th.setAttribute('aria-sort', order.by !== name ? 'none' : order.down ? 'descending' : 'ascending');
  });
  const value = p => order.by === 'Σ' ? p.score : order.by === 'peer' ? (p.name || p.id) : p.p[PARTS.indexOf(order.by)];
  const compare = (x, y) => { const a = value(x), b = value(y); return typeof a === 'string' ? a.localeCompare(b, 'en', { numeric: true }) : a - b; };
  const rows = [...s.peers].sort((x, y) => (order.down ? compare(y, x) : compare(x, y)) || (x.id < y.id ? -1 : 1)).slice(0, 100).map(p => {
    const row = element('tr', { class: 'peer' + (p.id === chosen ? ' chosen' : ''), tabindex: 0, title: p.id },
      element('td', {}, element('span', { class: 'mono' }, p.name ? p.name + ' ' : '', p.short), ' ', element('span', { class: 'state' }, p.dir === 'out' ? '↗' : '↙')),
      ...p.p.map(v => element('td', { class: 'heat', style: heat(v) }, v ? signed(v) : '·')),
      element('td', { class: 'num' }, element('b', { style: 'color:' + scoreColour(p.score) }, signed(p.score))),
      element('td', { class: 'state' }, p.mesh.length ? 'mesh ' + p.mesh.join(', ') : p.gates || 'connected'));
    const choose = () => { chosen = chosen === p.id ? null : p.id; explained = null; location.hash = chosen ? 'peer=' + chosen : ''; explain(); draw(); };
    row.onclick = choose; row.onkeydown = e => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); choose(); } };
    return row;
  });
  $('scores').tBodies[0].replaceChildren(...rows);
  const t = s.params.thresholds;
  replace('thresholds', ...(t ? [['graylist', t.graylist], ['publish', t.publish], ['gossip', t.gossip], ['mesh', 0], ['accept PX', t.acceptPx]].map(([n, v]) => element('span', {}, n + ' ', element('b', {}, number(v)))) : []));
  // Nothing chosen and room to spare: the lowest score is what one would ask about.
  const peer = s.peers.find(p => p.id === chosen) ?? (chosen || s.peers.length > 10 ? undefined : s.peers.reduce((low, p) => low && low.score <= p.score ? low : p, undefined));
  $('why').hidden = !peer;
  if (peer) {
    const parts = PARTS.map((name, i) => [name, peer.p[i]]).filter(([, v]) => v);
    replace('why', element('h3', {}, chosen ? 'Why ' : 'The lowest: why ', element('span', { class: 'mono' }, peer.name || peer.short), ' scores ', (peer.score > 0 ? '+' : '') + number(peer.score, 3)),
      element('div', { class: 'quiet' }, [peer.agent || 'agent unknown', peer.protocol, peer.rttMs == null ? null : number(peer.rttMs) + ' ms away', peer.address].filter(Boolean).join(' · ')),
      ...(parts.length ? parts.map(([name, v]) => element('div', {}, element('b', {}, name), ' ' + MEANING[name] + ': ', (v > 0 ? '+' : '') + number(v, 3))) : [element('div', {}, 'nothing counted yet')]),
      ...(peer.reasons || []).map(r => element('div', { style: 'color:var(--bad)' }, r)),
      ...(explained && explained.id === peer.id ? [
        element('pre', { class: 'mono' }, explained.lines.map(shorter).join('\n')),
        ...explained.topics.map(t => element('div', { class: 'quiet' }, `${t.topic}: ${t.inMesh ? 'in the mesh for ' + duration(t.timeInMeshMs) : 'not in the mesh'}, first ${number(t.firstMessageDeliveries)}, in mesh ${number(t.meshMessageDeliveries)}, invalid ${number(t.invalidMessageDeliveries)}`)),
        ...explained.offences.slice(0, 20).map(o => element('div', { class: 'mono', style: 'color:var(--bad)' }, o)),
      ] : []),
      element('div', { class: 'quiet mono' }, `curl '${location.origin}/api/v1/peers/${peer.id}'`));
  }
}

// Numbers of the arithmetic with four decimals at most; the whole ones are in the answer itself.
const shorter = line => line.replace(/-?\d+\.\d{5,}(E-?\d+)?/g, digits => String(Number(Number(digits).toPrecision(5))));
// The arithmetic behind the chosen peer's score, its counters and what it did.
async function explain() {
  const id = chosen;
  if (!id || document.hidden || !state?.peers.some(p => p.id === id)) return;
  const answer = await fetch('/api/v1/peers/' + id).then(r => r.ok ? r.json() : null).catch(() => null);
  if (answer && id === chosen) { explained = answer; draw(); }
}

function traffic(s) {
  const t = s.traffic;
  $('trafficNote').textContent = `IHAVE ${number(t.ihave, 0)} · IWANT ${number(t.iwant, 0)} · IDONTWANT ${number(t.idontwant, 0)} · dropped ${number(t.dropped, 0)} · rejected ${number(t.rejected, 0)}`;
  lines('rate', 'messages a second', [{ name: 'first copies', key: 'messages', colour: '--good', fill: true }, { name: 'duplicates', key: 'duplicates', colour: '--queued' }], v => number(v));
  lines('latency', 'publish to arrival, ms', [{ name: 'p50', key: 'p50', colour: '--good' }, { name: 'p99', key: 'p99', colour: '--bad' }], v => number(v));
  lines('bytes', 'bytes a second', [{ name: 'in', key: 'bytesIn', colour: '--good', fill: true }, { name: 'out', key: 'bytesOut', colour: '--queued' }], bytes);
}

function pool(s) {
  const p = s.pool;
  if (!p) { $('poolNote').textContent = 'off: this node has no chain source'; return; }
  $('poolNote').textContent = `floor tip ${number(p.minTip, 0)} wei · base fee ${gwei(p.baseFee)}`;
  const meter = (name, value, limit, colour) => element('div', { class: 'meter' }, element('span', {}, name + ' ', element('b', {}, number(value, 0)), element('span', { class: 'quiet' }, ' of ' + number(limit, 0))),
    element('div', { class: 'bar' }, element('i', { style: `width:${Math.max(value ? 1 : 0, Math.min(100, 100 * value / limit))}%;background:var(${colour})` })));
  replace('meters', meter('pending', p.pending, p.pendingLimit, '--pending'), meter('queued', p.queued, p.queuedLimit, '--queued'), meter('slots', p.slots, p.slotsLimit, '--good'));
  lines('poolChart', 'transactions', [{ name: 'pending', key: 'pending', colour: '--pending', fill: true }, { name: 'queued', key: 'queued', colour: '--queued', fill: true }], v => number(v, 0));
  replace('accounts', ...p.accounts.slice(0, 60).map(a => element('div', { class: 'account', title: `${a.address}: next nonce ${a.next}` },
    element('span', { class: 'mono' }, a.address.slice(0, 6) + '…' + a.address.slice(-4)), element('span', { class: 'num quiet' }, String(a.next)), element('div', { class: 'runs' }, ...runs(a)))));
  replace('refused', ...(p.refused.length ? ['refused: ', ...p.refused.map(r => element('span', {}, r.error.replace(/^Err/, '').replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase() + ' ', element('b', {}, number(r.count, 0))))] : ['nothing refused']));
}
function runs(a) {
  const list = []; let next = a.next;
  if (a.pending) list.push(element('i', { style: `width:${Math.min(220, a.pending * 7)}px;background:var(--pending)`, title: `${a.pending} pending, nonces ${a.next - a.pending} to ${a.next - 1}` }));
  for (const [from, to] of a.runs || []) {
    if (from > next) list.push(element('i', { style: `width:${Math.min(40, (from - next) * 7)}px;background:repeating-linear-gradient(45deg,var(--gap) 0 3px,transparent 3px 6px)`, title: `gap: nonces ${next} to ${from - 1} are missing` }));
    list.push(element('i', { style: `width:${Math.min(160, (to - from + 1) * 7)}px;background:var(--queued)`, title: `queued, nonces ${from} to ${to}` }));
    next = to + 1;
  }
  return list;
}

function chain(s) {
  const c = s.chain;
  if (!c || !c.head) { $('chainNote').textContent = 'no chain source'; return; }
  $('chainNote').textContent = `head ${c.head.number}, ${Math.max(0, Math.round((s.now - c.head.timestampMs) / 1000))} s old`;
  const room = Math.max(4, Math.floor(($('blocks').clientWidth + 6) / 60)), heights = new Map();
  for (const block of c.recent) {
    if (!heights.has(block.number)) heights.set(block.number, { kept: null, gone: [] });
    if (block.abandoned) heights.get(block.number).gone.push(block); else heights.get(block.number).kept = block;
  }
  const columns = [...heights.entries()].sort((x, y) => x[0] - y[0]).slice(-room);
  const box = (b, gone) => element('div', { class: 'block' + (gone ? ' gone' : b.number === c.head.number ? ' head' : ''), title: `${b.hash}, ${b.txs} transactions, ${Math.round(100 * b.gasUsed / Math.max(1, b.gasLimit))} % of the gas` + (gone ? ', abandoned' : '') },
    element('div', { class: 'fill', style: `height:${Math.min(100, 100 * b.gasUsed / Math.max(1, b.gasLimit)).toFixed(0)}%` }), element('b', {}, String(b.txs)), element('span', { class: 'mono quiet' }, b.hash.slice(2, 6)));
  replace('blocks', ...columns.map(([height, at]) => element('div', { class: 'height' }, element('span', { class: 'quiet' }, String(height)), at.kept ? box(at.kept, false) : element('div', { class: 'block none' }), ...at.gone.slice(-2).map(b => box(b, true)))));
  lines('baseFee', 'base fee, gwei', [{ name: 'base fee', key: 'baseFee', colour: '--good' }], v => number(v / 1e9, 3));
  replace('reorgs', ...(c.reorgs.length ? [...c.reorgs.slice(-4).reverse().map(r => element('span', { class: 'pill' }, `reorg to ${r.at}: ${r.depth} block${r.depth === 1 ? '' : 's'} replaced, ${r.reinjected} transactions back in the pool`))] : ['no reorg yet']));
}

function events(s) {
  if (paused) return;
  const word = $('filter').value.toLowerCase();
  replace('events', ...s.events.filter(e => !word || (e.kind + ' ' + e.text).toLowerCase().includes(word)).slice(-80).reverse().map(e => element('li', {}, element('time', {}, clock(e.t)), element('span', { class: 'kind ' + (/prune|gone|reorg|reinject/.test(e.kind) ? 'bad' : e.kind === 'block' ? 'quiet' : '') }, e.kind), element('span', {}, e.text))));
}

function draw() {
  if (!state) return;
  header(state); numbers(state); mesh(state); scores(state); traffic(state); pool(state); chain(state); events(state);
}
function receive(text) {
  state = JSON.parse(text); last = Date.now(); $('stale').hidden = true;
  remember(state); draw();
}
function listen() {
  const stream = new EventSource('/api/v1/stream');
  stream.onmessage = e => receive(e.data);
}
setInterval(() => {
  const age = Math.round((Date.now() - last) / 1000);
  if (last && age > 3) { $('stale').hidden = false; $('stale').textContent = `stale for ${age} s: the node does not answer; trying again`; }
}, 1000);
async function start() {
  const chosenPeer = /peer=([A-Za-z0-9]+)/.exec(location.hash);
  if (chosenPeer) chosen = chosenPeer[1];
  const theme = localStorage.getItem('pollen-theme') ?? (matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark');
  document.documentElement.classList.toggle('light', theme === 'light');
  document.querySelectorAll('section[data-part] h2').forEach(title => {
    const part = title.parentElement.dataset.part, line = `curl -s '${location.origin}/api/v1/state' | jq '${part}'`;
    const button = element('button', { type: 'button', class: 'copy', title: line }, 'curl');
    button.onclick = () => navigator.clipboard?.writeText(line).then(() => { button.textContent = 'copied'; setTimeout(() => { button.textContent = 'curl'; }, 1500); });
    title.append(element('span', { class: 'grow' }), button);
  });
  setInterval(explain, 3000);
  $('theme').onclick = () => { const light = document.documentElement.classList.toggle('light'); localStorage.setItem('pollen-theme', light ? 'light' : 'dark'); draw(); };
  $('node').onchange = e => { if (e.target.value) location.href = e.target.value; };
  $('topic').onchange = e => { topic = e.target.value; draw(); };
  $('filter').oninput = () => draw();
  $('pause').onclick = e => { paused = !paused; e.target.setAttribute('aria-pressed', paused); e.target.textContent = paused ? 'go on' : 'pause'; draw(); };
  addEventListener('resize', () => Object.values(charts).forEach(c => c.resize()));
  const past = await fetch('/api/v1/history').then(r => r.ok ? r.json() : null).catch(() => null);
  if (past) for (const key of Object.keys(history)) history[key] = (past[key] || []).slice(-POINTS);
  listen();
}
start();
