// The door of this folder: what the rest of the house sees of the channel.
import { channel } from '../../core/ports/channel.ts'
import type { ChannelName } from '../../schemas/ids.ts'
import { can } from './capabilities.ts'
import { normalize } from './normalize.ts'
import { webhook } from './receive.ts'
import { find, send, test } from './send.ts'
import { fetchFile } from './files.ts'
import { routesOf, secrets, settings, type SecretName, type Settings } from './settings.ts'

export default channel<Settings, SecretName>({
  name: '_template' as ChannelName,
  settings,
  secrets,
  can,
  limits: [{ scope: 'account', max: 50, perSeconds: 1 }],
  routesOf,
  receive: [webhook],
  normalize,
  send,
  find,
  fetchFile,
  test,
})
