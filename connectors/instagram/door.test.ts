// The door of this channel, against what every channel of private messages at Meta must keep.
import { describe } from 'vitest'
import { metaDoor } from '../../test/contracts/meta-door.ts'
import channel from './channel.ts'
import { webhook } from './receive.ts'

describe('S1 to S7, F14 and the window', () => {
  metaDoor({ channel, webhook, settings: { accountId: '17841405726653026' }, object: 'instagram' })
})
