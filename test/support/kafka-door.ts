// Stands between a client and its broker inside the client's process: lets everything through, nothing, or no answers, as a test says.
import { connect, type Socket } from 'node:net'
import type { ISocketFactory } from 'kafkajs'

export interface KafkaDoor {
  readonly socketFactory: ISocketFactory
  /** From now on no answer arrives, until what it gives is called. */
  hang(): () => void
  /** The connections that are open now say nothing any more, without ever being closed; new ones are as they should be. */
  deaden(): void
  /** The next so many pieces of an answer are swallowed, each with its connection cut: done, and nobody heard (F5). */
  loseAnswers(count: number): void
  /** How many were lost so far. */
  readonly lost: number
}

export function kafkaDoor(): KafkaDoor {
  const open = new Set<Socket>()
  let hangs = false
  let toLose = 0
  let lost = 0
  return {
    socketFactory({ host, port, onConnect }) {
      const socket = connect({ host, port }, onConnect)
      open.add(socket)
      socket.once('close', () => open.delete(socket))
      // The client listens at once, which lets a socket flow: held back after that.
      if (hangs) setImmediate(() => (hangs ? socket.pause() : undefined))
      const emit = socket.emit.bind(socket)
      socket.emit = (event: string | symbol, ...words: unknown[]) => {
        if (event !== 'data' || toLose === 0) return emit(event, ...words)
        toLose -= 1
        lost += 1
        socket.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }))
        return true
      }
      return socket
    },
    hang() {
      hangs = true
      for (const socket of open) socket.pause()
      return () => {
        hangs = false
        for (const socket of open) socket.resume()
      }
    },
    deaden() {
      for (const socket of open) {
        const emit = socket.emit.bind(socket)
        socket.emit = (event: string | symbol, ...words: unknown[]) => (event === 'data' ? true : emit(event, ...words))
      }
    },
    loseAnswers: (count) => void (toLose = count),
    get lost() {
      return lost
    },
  }
}
