// The door of this folder: what the rest of the house sees of the channel.
import { channel } from '../../core/ports/channel.ts'
import type { ChannelName } from '../../schemas/ids.ts'
import { address } from './address.ts'
import { can } from './capabilities.ts'
import { normalize } from './normalize.ts'
import { limits, limitsBy } from './providers.ts'
import { keysOfReply } from './compose/keys.ts'
import { find, send } from './send.ts'
import { session } from './session/index.ts'
import { smtpDoor } from './smtp-receive.ts'
import { routesOf, secrets, settings, type SecretName, type Settings } from './settings.ts'
import { test } from './test.ts'

export default channel<Settings, SecretName>({
  name: 'email' as ChannelName,
  settings,
  secrets,
  can,
  limits,
  limitsBy,
  routesOf,
  receive: [session, smtpDoor],
  normalize,
  address,
  keysOfReply,
  // A large mail goes out slowly, and a server may take minutes over it before it says that it has it.
  sendSeconds: 300,
  send,
  find,
  test,
})
