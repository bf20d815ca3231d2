// One item of `user_preferences` → what the customer told the vendor about marketing messages.
import { instantOfSeconds } from '../../../core/rules/instants.ts'
import { present, textAt, type Json } from '../../_shared/read-json.ts'
import { unread } from '../../_shared/unread.ts'
import { readPerson } from '../wire.ts'
import { fullIds, partyOf, personKeys } from './people.ts'
import { keyed, type Reading } from '../../_shared/items.ts'
import type { Scene } from './scene.ts'

/** The timestamp is a number here and a string everywhere else (sheet 3.7). */
export function readPreference(item: Json, scene: Scene): Reading {
  const person = fullIds(readPerson(item), scene.profiles)
  const subject = textAt(item, 'category')
  const value = textAt(item, 'value')
  const at = instantOfSeconds(item['timestamp'])
  const threadKeys = personKeys(person)
  if (threadKeys.length === 0) return unread('.wa_id', 'a preference of nobody')
  if (subject === undefined) return unread('.category', 'a preference about nothing')
  if (value !== 'stop' && value !== 'resume') return unread('.value', 'neither stop nor resume')
  if (at === null) return unread('.timestamp', 'its time is not Unix seconds')
  return [
    {
      type: 'contact.preference_changed',
      ...keyed(scene, { dedupe: [threadKeys[0]!, subject, value, at], threadKeys, at }),
      data: { party: partyOf(person, scene.profiles), subject, value, ...present({ why: textAt(item, 'detail') }) },
    },
  ]
}
