// Pure: the bytes of one call → every fact in it. Private messages are read as the family reads them; comments are this channel's own.
import { normalizer } from '../_shared/meta-dm/normalize.ts'
import { itemsOfChange } from './comments.ts'

export const normalize = normalizer({
  object: 'instagram',
  key: 'instagram',
  name: 'Instagram',
  // No metadata comes back: an echo is matched by its id, or by what it says where it overtakes the answer to our call (sheet section 6).
  oursIn: () => undefined,
  echoesNameNobody: true,
  clicksOpen: false,
  itemsOfChange,
})
