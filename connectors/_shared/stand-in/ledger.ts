// The ledger of a stand-in: everything that passed between the vendor and us, in order.
import type { Ledger, LedgerEntry } from '../../../core/ports/stand-in.ts'

/** Long simulations would fill the memory; tests never come near. */
const keptEntries = 200_000

export interface OpenLedger extends Ledger {
  add(entry: LedgerEntry): void
}
export function openLedger(): OpenLedger {
  const entries: LedgerEntry[] = []
  const totals = new Map<LedgerEntry['is'], number>()
  return {
    entries,
    of: <K extends LedgerEntry['is']>(is: K) =>
      entries.filter((entry): entry is Extract<LedgerEntry, { is: K }> => entry.is === is),
    total: (is) => totals.get(is) ?? 0,
    add(entry) {
      totals.set(entry.is, (totals.get(entry.is) ?? 0) + 1)
      entries.push(entry)
      if (entries.length > keptEntries) entries.splice(0, keptEntries / 10)
    },
  }
}
