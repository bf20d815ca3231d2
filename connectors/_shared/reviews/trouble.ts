// Why a store could not be read, and what that means: somebody must act, or it is tried again after a while.

export interface TroubleKind {
  /** auth: the key is not taken. setup: it works when somebody changes something, here or there. later: the store says when, or is not well. */
  readonly is: 'auth' | 'setup' | 'later'
  /** Only with `later`, where the store asked for a pause, or the budget does. */
  readonly afterSeconds?: number
}
export class StoreTrouble extends Error {
  readonly kind: TroubleKind
  constructor(kind: TroubleKind, why: string) {
    super(why)
    this.name = 'StoreTrouble'
    this.kind = kind
  }
}
