// What conversations of this channel can do, as data; the numbers are those of limits.ts.
import { commentOf, dmOf } from '../_shared/meta-dm/capabilities.ts'
import { commentMax, dmRules } from './limits.ts'

/** Comments are mentions as well. */
export const can = { dm: dmOf(dmRules, ['interactive', 'reaction']), comment: commentOf(commentMax) } as const
