// Pure: the bytes of one call → every fact in it. Private messages are read as the family reads them; the page's feed is this channel's own.
import { normalizer } from '../_shared/meta-dm/normalize.ts'
import type { Product } from '../_shared/meta-dm/product.ts'
import { textAt } from '../_shared/read-json.ts'
import { itemsOfChange } from './feed.ts'

const product: Product = {
  object: 'page',
  key: 'messenger',
  name: 'Messenger',
  // Another app's metadata may stand there too: whether it is a reply of ours, threading looks.
  oursIn: (message) => textAt(message, 'metadata'),
  echoesNameNobody: false,
  // “24 h from the last user message, postback, quick reply, or click that opens the thread” (sheet section 6, checked 2026-11).
  clicksOpen: true,
  itemsOfChange,
}
export const normalize = normalizer(product)
