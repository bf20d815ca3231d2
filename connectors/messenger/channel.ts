// The door of this folder: what the rest of the house sees of the channel.
import { channel } from '../../core/ports/channel.ts'
import type { ChannelName } from '../../schemas/ids.ts'
import { fetchByAddress } from '../_shared/meta-dm/files.ts'
import { askProfile } from '../_shared/meta-dm/profile.ts'
import { can } from './capabilities.ts'
import { graphOf } from './graph.ts'
import { sendLimits } from './limits.ts'
import { normalize } from './normalize.ts'
import { watch, webhook } from './receive.ts'
import { send, test } from './send.ts'
import { graphBase, mediaHosts, routesOf, secrets, settings, type SecretName, type Settings } from './settings.ts'

export default channel<Settings, SecretName>({
  name: 'messenger' as ChannelName,
  settings,
  secrets,
  can,
  limits: sendLimits,
  routesOf,
  receive: [webhook, watch],
  normalize,
  send,
  fetchFile: (atVendor, account, edges, signal) =>
    fetchByAddress(atVendor, { account, hosts: mediaHosts, base: graphBase }, { edges, signal }),
  profile: async (who, account, edges, signal) =>
    askProfile(
      who,
      { route: account.settings.pageId, fields: 'first_name,last_name', now: edges.clock.now() },
      await graphOf(account, edges, signal),
    ),
  test,
})
