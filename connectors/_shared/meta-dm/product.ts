// What one product of the family says of itself; everything else about its private messages is the same for all of them.
import type { Home, Item } from '../items.ts'
import type { Json } from '../read-json.ts'
import type { Party } from '../../../schemas/message.ts'

export interface Product {
  /** `object` of every call. */
  readonly object: string
  /** Begins the keys of people and conversations: an id counts on one page of one product only. */
  readonly key: string
  /** As people call it. */
  readonly name: string
  /** Our key, in an echo of what we sent; undefined where the vendor gives none back. */
  oursIn(message: Json): string | undefined
  /** Does an echo that carries no key of ours come from us all the same, perhaps? */
  readonly echoesNameNobody: boolean
  /** Does a tapped link open the window for answers, though nobody spoke? */
  readonly clicksOpen: boolean
  /** What happens in public: comments, posts, mentions. */
  itemsOfChange(
    field: string,
    value: Json,
    place: { readonly path: string; readonly scene: Scene },
  ): readonly Item<Scene>[]
}

export interface Scene extends Home {
  readonly product: Product
  /** The entry's time as a part of keys, where an item has none; where the vendor gives none: the hour we had it, so that a retried call is the same fact. */
  readonly told: string
  readonly us: Party
  /** Another app answers this conversation now; we only see it. */
  readonly standby: boolean
}

export const userKey = (scene: Pick<Scene, 'product' | 'home'>, id: string): string =>
  `${scene.product.key}.user:${scene.home}/${id}`
