// The door of this folder: what the rest of the house sees of the channel.
import { channel } from '../../core/ports/channel.ts'
import type { ChannelName } from '../../schemas/ids.ts'
import { address } from './address.ts'
import { can } from './capabilities.ts'
import { mentions, messages } from './feeds.ts'
import { fetchFile } from './files.ts'
import { find } from './find.ts'
import { normalize } from './normalize.ts'
import { webhook } from './receive.ts'
import { send, test } from './send.ts'
import { activityStream } from './stream.ts'
import { webhookCare } from './webhook-care.ts'
import { routesOf, secrets, settings, type SecretName, type Settings } from './settings.ts'

export default channel<Settings, SecretName>({
  name: 'x' as ChannelName,
  settings,
  secrets,
  can,
  // Of direct messages (sheet section 7): 15 in 15 minutes, 1,440 in a day. Public answers may be more and share them, to be safe.
  limits: [
    { scope: 'account', max: 15, perSeconds: 900 },
    { scope: 'account', max: 1_440, perSeconds: 86_400 },
  ],
  routesOf,
  receive: [webhook, mentions, messages, webhookCare, activityStream],
  normalize,
  address,
  send,
  find,
  fetchFile,
  test,
})
