// The desk made ready for use: its rows, the rules in order and compiled, and everything by its id. Built once a version, pure.
import type {
  AccountDesk,
  AgentRow,
  CalendarRow,
  CatalogueRow,
  DeskRows,
  FolderRow,
  GroupRow,
  RuleRow,
  StatusRow,
} from './desk-rows.ts'
import type { ChangeField, RuleEvent } from '../../schemas/rule.ts'
import type { AutoReplies } from './auto-reply-rows.ts'
import type { PolicyBook, RuleBook } from './rule-book.ts'
import type { BrandRow } from './rows.ts'

export interface Desk {
  readonly rows: DeskRows
  readonly rules: RuleBook
  readonly autoReplies: AutoReplies
  readonly ruleById: ReadonlyMap<string, RuleRow>
  /** What active rules wait for: `created`, `message`, `time`, and the fields that changes of theirs name. */
  readonly listensTo: ReadonlySet<RuleEvent | ChangeField>
  readonly agents: ReadonlyMap<string, AgentRow>
  readonly groups: ReadonlyMap<string, GroupRow>
  readonly folders: ReadonlyMap<string, FolderRow>
  readonly types: ReadonlyMap<string, CatalogueRow>
  readonly topics: ReadonlyMap<string, CatalogueRow>
  readonly calendars: ReadonlyMap<string, CalendarRow>
  /** All of them, built-in ones too. */
  readonly statuses: ReadonlyMap<string, StatusRow>
  readonly sla: PolicyBook
  readonly brands: ReadonlyMap<string, BrandRow>
  /** By `channel/id`. */
  readonly accounts: ReadonlyMap<string, AccountDesk>
}
