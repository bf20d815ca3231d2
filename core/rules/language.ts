// Which language somebody wrote in, read offline from their words (D71); nothing where no language stands out.
import type { eld as Eld } from 'eld/extrasmall'

export interface Detected {
  /** ISO 639-1. */
  readonly language: string
  /** 0 to 1: how well the words fit; what fits worse than a rival, or hardly at all, is not told. */
  readonly confidence: number
}
export type Detector = (text: string) => Detected | null

let loading: Promise<Detector> | null = null

/** Its tables take tens of megabytes: they are read when the first message needs them, and kept. */
export function languageDetector(): Promise<Detector> {
  loading ??= import('eld/extrasmall').then(({ eld }) => {
    eld.enableTextCleanup(true)
    return (text) => detected(eld, text)
  })
  return loading
}

function detected(eld: typeof Eld, text: string): Detected | null {
  const found = eld.detect(text)
  if (!found.isReliable()) return null
  return { language: found.language, confidence: found.getScores()[found.language] ?? 0 }
}
