// The door of this folder: what the rest of the house sees of the channel.
import { channel } from '../../core/ports/channel.ts'
import type { ChannelName } from '../../schemas/ids.ts'
import { can } from './capabilities.ts'
import { normalize } from './normalize.ts'
import { poll } from './poll.ts'
import { find, send, test } from './send.ts'
import { routesOf, secrets, settings, type SecretName, type Settings } from './settings.ts'

/** One a second: Huawei names no rate (sheet, section 6). */
export default channel<Settings, SecretName>({
  name: 'huawei' as ChannelName,
  settings,
  secrets,
  can,
  limits: [{ scope: 'account', max: 1, perSeconds: 1 }],
  routesOf,
  receive: [poll],
  normalize,
  send,
  find,
  test,
})
