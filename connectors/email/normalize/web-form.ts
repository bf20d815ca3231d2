// A form on our own site writes to us from our own address; whoever filled it in stands in Reply-To, and is the customer.
import type { Mail } from '../mime/mail.ts'
import { unknown } from './authentication.ts'
import { replyOfId } from './ids.ts'
import { identityOf, isOwn, type Scene } from './message.ts'

/** What went to somebody else as well is an answer that was given elsewhere, and what we sent ourselves is known by its id. */
function isForm({ mail, settings }: Scene, id: string): boolean {
  const own = ({ address }: Mail['from'][number]): boolean => isOwn(address, settings)
  const [from] = mail.from
  const [person] = mail.replyTo
  const to = [...mail.to, ...mail.cc]
  if (from === undefined || person === undefined || person.address === null) return false
  return own(from) && !own(person) && to.length > 0 && to.every(own) && replyOfId(id) === null
}

/** Anybody may write any address into a form: nothing that is known of our own one is said of it. */
export const asFilledIn = (scene: Scene): Scene =>
  isForm(scene, identityOf(scene).id)
    ? { ...scene, authentication: unknown, mail: { ...scene.mail, from: scene.mail.replyTo.slice(0, 1), replyTo: [] } }
    : scene
