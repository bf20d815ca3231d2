// The door of this folder: what the rest of the house sees of the channel.
import { channel } from '../../core/ports/channel.ts'
import type { ChannelName } from '../../schemas/ids.ts'
import { askProfile } from '../_shared/meta-dm/profile.ts'
import { can } from './capabilities.ts'
import { graphOf } from './graph.ts'
import { fetchFile } from './files.ts'
import { sendLimits } from './limits.ts'
import { normalize } from './normalize.ts'
import { watch, webhook } from './receive.ts'
import { send, test } from './send.ts'
import { routesOf, secrets, settings, type SecretName, type Settings } from './settings.ts'

export default channel<Settings, SecretName>({
  name: 'instagram' as ChannelName,
  settings,
  secrets,
  can,
  limits: sendLimits,
  routesOf,
  receive: [webhook, watch],
  normalize,
  send,
  fetchFile,
  profile: async (who, account, edges, signal) =>
    askProfile(
      who,
      { route: account.settings.accountId, fields: 'name,username', now: edges.clock.now() },
      await graphOf(account, edges, signal),
    ),
  test,
})
