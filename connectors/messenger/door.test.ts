// The door of this channel, against what every channel of private messages at Meta must keep.
import { metaDoor } from '../../test/contracts/meta-door.ts'
import channel from './channel.ts'
import { webhook } from './receive.ts'

metaDoor({ channel, webhook, settings: { pageId: '682498302938465' }, object: 'page' })
