// Both sheets' tables of error codes as one: subcodes are numbered for the whole family. Sheets section 8, checked 2026-11.
import type { ErrorRow } from '../meta-graph.ts'
import { down, later, refused } from '../meta-treatments.ts'

/** An outcome does not know which attempt it is: `afterSeconds` is the first pause, deliver makes it grow and bounds the tries. */
export const dmErrors: readonly ErrorRow[] = [
  {
    codes: [190],
    meaning: 'The access token is invalid: expired, taken back, or its owner changed the password',
    treat: down,
    advice: 'Set a new accessToken.',
  },
  {
    codes: [2018278, 2534022],
    meaning: 'The window for answers is closed',
    treat: refused('window_closed'),
    advice:
      'It opens when the customer writes again; within 7 days a person may answer where the app has the Human Agent permission.',
  },
  { codes: [2018108, 2018065, 2534077], meaning: 'This person cannot be written to', treat: refused('undeliverable') },
  {
    codes: [1893063],
    meaning: 'The vendor has restricted this page',
    treat: down,
    advice: 'See the page’s quality in its settings at Meta; everything waits until it is solved.',
  },
  {
    codes: [2534041],
    meaning: 'The account’s owner has switched off access to messages for apps',
    treat: down,
    advice: 'In the app of the phone: Settings, Messages, Connected tools, Allow access to messages.',
  },
  {
    codes: [2534013, 2534015],
    meaning: 'The account is not joined to a page, or messages are not available for it',
    treat: down,
    advice: 'Join the account to the page again.',
  },
  {
    codes: [368],
    meaning: 'The vendor has stopped this account for a while for its policies',
    treat: down,
    advice: 'See Account Quality at Meta; everything waits until it is solved.',
  },
  {
    codes: [551, 1545041],
    meaning: 'This person is not available: gone, or has blocked us',
    treat: refused('unavailable'),
  },
  { codes: [2534029], meaning: 'This person has blocked us', treat: refused('blocked') },
  { codes: [9000001], meaning: 'This person’s account is deleted', treat: refused('recipient_gone') },
  {
    codes: [2018300, 2534037],
    meaning: 'Another app answers this conversation now',
    treat: refused('thread_owned'),
    advice: 'Answer there, or have the conversation passed to this app.',
  },
  {
    codes: [2018321, 2022],
    meaning: 'The state of the conversation or the app does not allow it',
    treat: refused('thread_state'),
  },
  {
    codes: [2018338, 1893016],
    meaning: 'Sending is limited for signals of abuse',
    treat: refused('spam_limit', 'degraded'),
  },
  { codes: [2018001, 2534014], meaning: 'Nobody of this page has this id', treat: refused('recipient') },
  { codes: [2018008, 2018294], meaning: 'The vendor could not fetch our file', treat: later('message', 30) },
  { codes: [2018047], meaning: 'The upload failed at the vendor', treat: later('message', 10) },
  { codes: [2018074, 2018109], meaning: 'The vendor does not take this file', treat: refused('file') },
  {
    codes: [2534025],
    meaning: 'This comment takes no private reply: it was answered, deleted, or is older than 7 days',
    treat: refused('private_reply_used'),
    advice: 'Answer in public.',
  },
  { codes: [1, 99, 1357046], meaning: 'The vendor could not say what went wrong', treat: later('message', 30) },
  { codes: [2], meaning: 'The vendor is unavailable for a while', treat: later('message', 10) },
  {
    codes: [4, 17, 32, 80002],
    meaning: 'The app, its user or the page has used up its calls',
    treat: later('account', 120),
  },
  { codes: [613], meaning: 'The page sends too fast', treat: later('account', 60) },
  {
    codes: [3, 10, [200, 299]],
    meaning: 'The access token may not do this',
    treat: refused('permission', 'degraded'),
    advice: 'Give it the permissions that the channel’s README names.',
  },
  {
    codes: [100, 33],
    meaning: 'The vendor finds the message invalid, or what it is about is gone',
    treat: refused('invalid'),
  },
]
