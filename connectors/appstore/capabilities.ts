// What a review of this store can take as an answer, as data. Decisions read this and never ask for a channel's name.
import { reviewOfUpTo } from '../_shared/reviews/capabilities.ts'

/** 5,970 is what tools of the trade agree on; Apple's own text was not seen (2026-11). */
export const can = { review: reviewOfUpTo(5_970) } as const
