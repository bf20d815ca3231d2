// The sheet's table of error codes as data: what each asks of us. Sheet section 8, checked 2026-11.
import type { ErrorRow } from '../_shared/meta-graph.ts'
import { down, later, refused } from '../_shared/meta-treatments.ts'

/**
 * An outcome does not know which attempt it is: `afterSeconds` is the first pause, deliver makes it grow and bounds the tries. For
 * 131056 the vendor asks for 4^n s, and six seconds are the least after which the pair has a place again.
 */
export const sendErrors: readonly ErrorRow[] = [
  {
    codes: [0, 190],
    meaning: 'The access token is invalid or has expired',
    treat: down,
    advice: 'Set a new accessToken.',
  },
  {
    codes: [3, 10, [200, 299], 131005],
    meaning: 'The access token may not do this',
    treat: refused('permission', 'degraded'),
    advice: 'Give the token’s system user whatsapp_business_messaging on this number.',
  },
  { codes: [1], meaning: 'The vendor could not say what went wrong', treat: later('message', 30) },
  { codes: [2, 131016, 133004], meaning: 'The vendor is unavailable for a while', treat: later('account', 10) },
  { codes: [4, 80007], meaning: 'The app has used up its calls', treat: later('account', 120) },
  { codes: [130429], meaning: 'The number sends too fast', treat: later('account', 2) },
  { codes: [131056], meaning: 'Too many messages to this customer', treat: later('recipient', 6) },
  { codes: [131057, 2494100], meaning: 'The number is being maintained', treat: later('account', 60) },
  { codes: [131000], meaning: 'Something went wrong at the vendor', treat: later('message', 30) },
  {
    codes: [131048],
    meaning: 'The number may not send more for now: too many of its messages were reported or blocked',
    treat: refused('spam_limit', 'degraded'),
    advice: 'Hold campaigns and look at the number’s quality in WhatsApp Manager.',
  },
  {
    codes: [131049],
    meaning: 'The vendor did not deliver this to keep the customer’s experience healthy',
    treat: refused('not_delivered_by_vendor'),
    advice: 'Do not send it again within 24 hours.',
  },
  {
    codes: [131047],
    meaning: 'More than 24 hours since the customer’s last message',
    treat: refused('window_closed'),
    advice: 'Send an approved template.',
  },
  {
    codes: [131026],
    meaning: 'It cannot be delivered: no WhatsApp at this number, an old app, or its terms not accepted',
    treat: refused('undeliverable'),
  },
  { codes: [131050], meaning: 'The customer has stopped marketing messages', treat: refused('opted_out') },
  { codes: [130472], meaning: 'The vendor keeps this customer out of marketing messages', treat: refused('opted_out') },
  {
    codes: [131051, 131008, 131009, 100, 33, 135000],
    meaning: 'The vendor finds the message or its settings invalid',
    treat: refused('invalid'),
  },
  { codes: [131021], meaning: 'The customer’s number is the sender’s own', treat: refused('recipient') },
  {
    codes: [131030],
    meaning: 'This number is a test number and the customer is not on its list',
    treat: refused('recipient'),
    advice: 'Add the customer to the test number’s list, or use a real number.',
  },
  { codes: [131052], meaning: 'The customer’s file cannot be downloaded', treat: refused('file') },
  { codes: [131053], meaning: 'The vendor could not take the file, a second time', treat: refused('file') },
  {
    codes: [131062],
    meaning: 'This message cannot go to a user id',
    treat: refused('recipient'),
    advice: 'Ask the customer for their phone number.',
  },
  { codes: [131063], meaning: 'Marketing messages are switched off on this API', treat: refused('marketing_off') },
  { codes: [131064], meaning: 'The limit after violations by templates is reached', treat: refused('marketing_off') },
  {
    codes: [131031, 368, 130497, 131042, 131045, 131037, 133010, 134011],
    meaning: 'The vendor has stopped this account (blocked, country, payment, registration, display name or terms)',
    treat: down,
    advice: 'See WhatsApp Manager; everything waits until it is solved.',
  },
  {
    codes: [132000, 132005, 132007, 132012, 132068],
    meaning: 'The template does not take these values, or breaks a rule',
    treat: refused('template_values'),
  },
  {
    codes: [132001],
    meaning: 'There is no approved template of this name in this language',
    treat: refused('template_missing'),
  },
  { codes: [132015], meaning: 'The template is paused for its quality', treat: later('message', 3_600) },
  { codes: [132016], meaning: 'The template was disabled for its quality', treat: refused('template_disabled') },
  { codes: [132069], meaning: 'The flow is slowed down by the vendor', treat: later('message', 300) },
  { codes: [133016], meaning: 'Too many registrations of this number', treat: later('account', 600) },
  { codes: [137000], meaning: 'The customer’s identity has changed', treat: refused('identity_changed') },
]
