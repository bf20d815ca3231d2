// The door of this folder: what the rest of the house sees of the channel.
import { channel } from '../../core/ports/channel.ts'
import type { ChannelName } from '../../schemas/ids.ts'
import { can } from './capabilities.ts'
import { normalize } from './normalize.ts'
import { poll } from './poll.ts'
import { find, send, test } from './send.ts'
import { routesOf, secrets, settings, type SecretName, type Settings } from './settings.ts'

/** 2,000 answers a day (sheet, section 6; not confirmed). */
export default channel<Settings, SecretName>({
  name: 'googleplay' as ChannelName,
  settings,
  secrets,
  can,
  limits: [{ scope: 'account', max: 1_600, perSeconds: 86_400 }],
  routesOf,
  receive: [poll],
  normalize,
  send,
  find,
  test,
})
