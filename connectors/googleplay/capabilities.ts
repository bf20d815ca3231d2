// What a review of this store can take as an answer, as data. Decisions read this and never ask for a channel's name.
import { reviewOfUpTo } from '../_shared/reviews/capabilities.ts'

/** "About 350 characters" (Google, read 2026-11). */
export const can = { review: reviewOfUpTo(350) } as const
