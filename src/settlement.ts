/** A promise that is settled from outside, and that nobody has to await. */

export class Settlement<T> {
  readonly promise: Promise<T>
  resolve: (value: T) => void = () => undefined
  reject: (reason: unknown) => void = () => undefined

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    // Whoever does not look at it must not be punished with an unhandled rejection.
    this.promise.catch(() => undefined)
  }
}
