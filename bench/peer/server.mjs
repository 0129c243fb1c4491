// The classic way to take webhooks, kept minimal: Express verifies and parses, BullMQ keeps the payload in Redis.
// No worker runs. Started by bench/contenders.py, which passes everything in the environment.
import cluster from 'node:cluster'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { Queue } from 'bullmq'
import express from 'express'
import { Redis } from 'ioredis'

const { PORT, REDIS_SOCKET, SECRET } = process.env
const PROCESSES = Number(process.env.PROCESSES ?? '1')

if (PROCESSES > 1 && cluster.isPrimary) {
  for (let n = 0; n < PROCESSES; n++) cluster.fork()
} else {
  serve()
}

function serve() {
  const queue = new Queue('webhooks', { connection: new Redis({ path: REDIS_SOCKET, maxRetriesPerRequest: null }) })
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.get('/healthz', (_request, response) => response.sendStatus(200))
  app.post('/webhooks/:name', express.raw({ type: () => true, limit: '5mb' }), async (request, response) => {
    if (!signed(request)) return response.sendStatus(401)
    const payload = JSON.parse(request.body)
    const about = { topic: request.get('x-shopify-topic'), shop: request.get('x-shopify-shop-domain'), payload }
    await queue.add(about.topic, about, { jobId: request.get('x-shopify-webhook-id') })
    response.sendStatus(200)
  })
  app.use((_error, _request, response, _next) => response.sendStatus(500))
  app.listen(Number(PORT), '127.0.0.1')
}

function signed(request) {
  const given = Buffer.from(request.get('x-shopify-hmac-sha256') ?? '', 'base64')
  const right = createHmac('sha256', SECRET).update(request.body).digest()
  return given.length === right.length && timingSafeEqual(given, right)
}
