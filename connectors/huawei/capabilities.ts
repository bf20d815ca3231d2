// What a review of this store can take as an answer, as data. Decisions read this and never ask for a channel's name.
import { reviewOfUpTo } from '../_shared/reviews/capabilities.ts'

/** How long an answer may be is written nowhere (2026-11): 500 is the careful end of what others use. What is still too long Huawei refuses. */
export const can = { review: reviewOfUpTo(500) } as const
