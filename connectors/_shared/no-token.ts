// Why there is no token to call a vendor with.

/** `auth`: somebody must do something. `later`: it may be there in a moment. */
export class NoToken extends Error {
  readonly because: 'auth' | 'later'
  constructor(because: 'auth' | 'later', why: string) {
    super(why)
    this.name = 'NoToken'
    this.because = because
  }
}
