// The ports that channels listen at themselves, as INLET_LISTEN names them.
import { readFileSync } from 'node:fs'
import { GatewayError, messageOf } from '../core/errors.ts'
import type { ListenAt } from '../core/ports/channel.ts'
import { makeHeard } from '../core/runtime/heard.ts'
import { listen } from '../core/runtime/listen.ts'
import type { House } from './house.ts'
import type { Settings } from './settings.ts'

type Named = Pick<Settings, 'listen' | 'tlsCert' | 'tlsKey' | 'publicUrl'>
type Loop = readonly [name: string, loop: (signal: AbortSignal) => Promise<void>]

/** Throws `settings.invalid` for a channel that is not there or has nothing to listen with, and for a file that cannot be read. */
export function listenersOf(house: House, named: Named): readonly Loop[] {
  if (named.listen.length === 0) return []
  const tls = tlsOf(named)
  const called = nameOf(named)
  const deps = { ...house, heard: makeHeard({ ...house, accounts: house.queues.accounts }) }
  return named.listen.flatMap(({ channel: name, host, port }) => {
    const channel = house.channels.get(name)
    const receivers = channel?.receive.filter((it) => it.kind === 'listener') ?? []
    if (channel === undefined || receivers.length === 0)
      throw invalid(
        'INLET_LISTEN',
        `INLET_LISTEN names ${name}, ${channel === undefined ? 'which is no channel of this gateway' : 'which listens at no port of its own'}.`,
      )
    return receivers.map((receiver): Loop => [
      `listen ${name}`,
      (signal) => listen(channel, receiver, { host, port, tls, name: called }, deps, signal),
    ])
  })
}

/** The host of the public address; a gateway that has none is reached from this machine alone. */
const nameOf = ({ publicUrl }: Named): string => (publicUrl === null ? 'localhost' : new URL(publicUrl).hostname)

function tlsOf({ tlsCert, tlsKey }: Named): ListenAt['tls'] {
  if (tlsCert === null && tlsKey === null) return null
  if (tlsCert === null || tlsKey === null)
    throw invalid('INLET_TLS_CERT', 'INLET_TLS_CERT and INLET_TLS_KEY belong together; one of them is not set.')
  return { cert: fileOf('INLET_TLS_CERT', tlsCert), key: fileOf('INLET_TLS_KEY', tlsKey) }
}
function fileOf(setting: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw invalid(setting, `${setting}: the file ${path} cannot be read: ${messageOf(error)}`)
  }
}
const invalid = (setting: string, why: string): GatewayError =>
  new GatewayError('settings.invalid', why, { about: { setting } })
