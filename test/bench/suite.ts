// What a suite of the bench is, and what it brings back; a file in suites/ that exports one is found by itself.
import type { Control } from './control.ts'
import type { Inlet, InletOptions } from './inlet.ts'

export interface Suite {
  /** As it is asked for on the command line; the file's name. */
  readonly name: string
  readonly title: string
  /** What is measured, from where to where, against what: read beside the figures. */
  readonly says: string
  run(bench: Bench): Promise<Finding>
}

/** What a suite is given. Whatever it starts by this is ended after it. */
export interface Bench {
  readonly rounds: number
  /** Where the count of rounds begins: at one before the first, whose figures are left out as everything is cold. In a quick run at the first. */
  readonly firstRound: -1 | 0
  /** Only whether everything works: the figures mean nothing. */
  readonly quick: boolean
  readonly stop: AbortSignal
  /** The full one, or the small one of a quick run. */
  size<T>(full: T, quick: T): T
  say(text: string): void
  /** A folder of its own, away afterwards; the database's account may pass it. */
  folder(): string
  inlet(options?: InletOptions): Promise<Inlet>
  control(file: string, ...words: readonly string[]): Promise<Control>
  /** Is done after the suite, also when it failed: the newest first. */
  after(end: () => void | Promise<void>): void
}

export interface Measure {
  readonly name: string
  readonly unit: string
  readonly better: 'higher' | 'lower'
  /** A value a round. */
  readonly inlet: readonly number[]
  /** Of the same rounds; empty where there is nothing to compare with. */
  readonly control: readonly number[]
}
/** `value`: what is held against the bound. */
export interface Aim {
  readonly name: string
  readonly unit: string
  readonly value: number
  readonly is: 'at least' | 'at most'
  readonly bound: number
}
/** A curve for the page: something over the time of a run. */
export interface Series {
  readonly name: string
  readonly x: { readonly unit: string; readonly values: readonly number[] }
  readonly y: { readonly unit: string; readonly values: readonly number[] }
}
export interface Finding {
  readonly measures: readonly Measure[]
  readonly aims: readonly Aim[]
  readonly series?: readonly Series[]
  /** Said with the figures: what would be misread without it. */
  readonly notes?: readonly string[]
}
export const suite = (it: Suite): Suite => it
