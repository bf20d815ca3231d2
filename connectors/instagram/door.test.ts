// The door of this channel, against what every channel of private messages at Meta must keep.
import { metaDoor } from '../../test/contracts/meta-door.ts'
import channel from './channel.ts'
import { webhook } from './receive.ts'

metaDoor({ channel, webhook, settings: { accountId: '17841405726653026' }, object: 'instagram' })
