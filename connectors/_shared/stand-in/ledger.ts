// The ledger of a stand-in: everything that passed between the vendor and us, in order.
import type { Ledger, LedgerEntry } from '../../../core/ports/stand-in.ts'

/** Long simulations would fill the memory; tests never come near. */
const keptEntries = 200_000

export interface OpenLedger extends Ledger {
  add(entry: LedgerEntry): void
}
export function openLedger(): OpenLedger {
  const entries: LedgerEntry[] = []
  return {
    entries,
    of: <K extends LedgerEntry['is']>(is: K) =>
      entries.filter((entry): entry is Extract<LedgerEntry, { is: K }> => entry.is === is),
    add(entry) {
      entries.push(entry)
      if (entries.length > keptEntries) entries.splice(0, keptEntries / 10)
    },
  }
}
