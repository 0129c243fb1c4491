// Closed-loop load by autocannon; each request is one prepared buffer in which only the delivery's id is new.
// A JSON description comes on stdin, the result goes to stdout as JSON.
import { readFileSync } from 'node:fs'
import autocannon from 'autocannon'

const wanted = JSON.parse(readFileSync(0, 'utf8'))
const ID = '#'.repeat(36)
const templates = wanted.requests.map((each) => {
  const bytes = Buffer.concat([Buffer.from(each.head, 'latin1'), readFileSync(each.body)])
  const at = bytes.indexOf(ID, 'latin1')
  return { bytes, places: [at, bytes.indexOf(ID, at + ID.length, 'latin1')] }
})
let sent = 0

function prepare(client) {
  // An answer has come before the next request is written, so each connection may write over its own buffers.
  const own = templates.map(({ bytes, places }) => ({ bytes: Buffer.from(bytes), places }))
  let turn = Math.floor(Math.random() * own.length)
  client.getRequestBuffer = () => {
    const { bytes, places } = own[turn++ % own.length]
    const id = wanted.prefix + String(++sent).padStart(36 - wanted.prefix.length, '0')
    for (const at of places) bytes.write(id, at, 'latin1')
    return bytes
  }
}

async function run(seconds) {
  return autocannon({
    url: wanted.url,
    method: 'POST',
    connections: wanted.connections,
    duration: seconds,
    setupClient: prepare,
    excludeErrorStats: true,
  })
}

await run(wanted.warm_up)
const began = process.hrtime.bigint()
const done = await run(wanted.seconds)
const seconds = Number(process.hrtime.bigint() - began) / 1e9
process.stdout.write(JSON.stringify({
  answers: done['2xx'],
  refused: done.non2xx + done.errors + done.timeouts,
  seconds: Math.min(seconds, done.duration),
  p50: done.latency.p50,
  p99: done.latency.p99,
}) + '\n')
