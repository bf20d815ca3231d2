// Stands between a client and its broker inside the client's process: lets everything through, or nothing, as a test says.
import { connect, type Socket } from 'node:net'
import type { ISocketFactory } from 'kafkajs'

export interface KafkaDoor {
  readonly socketFactory: ISocketFactory
  /** From now on no answer arrives, until what it gives is called. */
  hang(): () => void
}

export function kafkaDoor(): KafkaDoor {
  const open = new Set<Socket>()
  let hangs = false
  return {
    socketFactory({ host, port, onConnect }) {
      const socket = connect({ host, port }, onConnect)
      open.add(socket)
      socket.once('close', () => open.delete(socket))
      // The client listens at once, which lets a socket flow: held back after that.
      if (hangs) setImmediate(() => (hangs ? socket.pause() : undefined))
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
  }
}
