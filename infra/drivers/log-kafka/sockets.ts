// Connections to brokers that end when the other side says nothing any more.
//
// The client writes on into a connection whose other end is gone without a word (a machine that lost its power, a firewall that forgot):
// its requests time out one after the other, and it connects anew only when the system gives up on the bytes, after a quarter of an hour.
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ISocketFactory } from 'kafkajs'

const keepAliveMs = 10_000
const lookEveryMs = 500

export const plainSockets: ISocketFactory = ({ host, port, ssl, onConnect }) =>
  ssl
    ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect)
    : connect({ host, port }, onConnect)

/** `silentMs`: longer than any question may rightly wait for its answer; joining a group waits for its other members. */
export const watched =
  (make: ISocketFactory, silentMs: number): ISocketFactory =>
  (asked) => {
    const socket = make(asked) as Socket
    socket.setKeepAlive(true, keepAliveMs)
    // When the oldest words without an answer were written; null where nobody waits.
    let askedAt: number | null = null
    const write = socket.write.bind(socket) as (...words: unknown[]) => boolean
    socket.write = ((...words: unknown[]) => {
      askedAt ??= performance.now()
      return write(...words)
    }) as typeof socket.write
    socket.on('data', () => (askedAt = null))
    const looking = setInterval(() => {
      if (askedAt === null || performance.now() - askedAt < silentMs) return
      const why = `the broker said nothing for ${Math.round(silentMs / 1_000)} s`
      socket.destroy(Object.assign(new Error(why), { code: 'ETIMEDOUT' }))
    }, lookEveryMs)
    looking.unref()
    socket.once('close', () => clearInterval(looking))
    return socket
  }
