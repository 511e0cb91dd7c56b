// The local ERPs: their names, how to ask for their companies, and their journals in one shape.

import { get } from "./api.js";

export const ERPS = [
  { id: "quickbooks", name: "QuickBooks Online", short: "QuickBooks", writes: { method: "POST", path: "journalentry" }, companies: () => plainCompanies("quickbooks"), closed: "book_close_date", journal: quickbooksJournal },
  { id: "xero", name: "Xero", short: "Xero", writes: { method: "PUT", path: "ManualJournals" }, companies: () => plainCompanies("xero"), closed: "period_lock_date", journal: xeroJournal },
  { id: "netsuite", name: "NetSuite", short: "NetSuite", writes: { method: "POST", path: "journalEntry" }, companies: netsuiteAccounts, journal: netsuiteJournal },
];

/** Every company of an ERP, with a key that no other ERP's has; none when the ERP does not run. */
export async function companiesOf(erp) {
  const companies = await erp.companies().catch(() => []);
  return companies.map((company) => ({ ...company, erp, key: `${erp.id} ${company.realm}` }));
}

async function plainCompanies(id) {
  return (await get(`/control/${id}/companies`)).companies;
}

async function netsuiteAccounts() {
  // Nothing is granted in NetSuite: whoever has credentials is connected once they were used.
  const [{ accounts }, { calls }] = await Promise.all([get("/control/netsuite/accounts"), get(`/control/netsuite/requests?after=${Number.MAX_SAFE_INTEGER}`)]);
  return accounts.map((account) => ({ ...account, realm: account.id, currency: account.base_currency, connected: account.id in calls }));
}

function quickbooksJournal(entry) {
  return {
    id: entry.Id, number: entry.DocNumber, date: entry.TxnDate, memo: entry.PrivateNote, byHand: entry.byHand,
    currency: entry.CurrencyRef?.value ?? "",
    lines: (entry.Line ?? []).filter((line) => line.JournalEntryLineDetail).map((line) => {
      const detail = line.JournalEntryLineDetail;
      const side = detail.PostingType === "Debit" ? "debit" : "credit";
      return { account: detail.AccountRef?.name ?? detail.AccountRef?.value, memo: line.Description, [side]: line.Amount };
    }),
  };
}

function xeroJournal(entry) {
  // Our number begins the narration, in brackets; a journal of Xero's own has none.
  const [, number, memo] = entry.Narration.match(/^\[(INT-[^\]]+)\] ?(.*)$/s) ?? [null, "", entry.Narration];
  return {
    id: entry.ManualJournalID, number, memo, byHand: entry.byHand, currency: entry.currency,
    date: new Date(Number(entry.Date.match(/-?\d+/)[0])).toISOString().slice(0, 10),
    lines: (entry.JournalLines ?? []).map((line) => ({
      account: line.AccountName, memo: line.Description, [line.LineAmount > 0 ? "debit" : "credit"]: Math.abs(line.LineAmount),
    })),
  };
}

function netsuiteJournal(entry) {
  return {
    id: entry.id, number: entry.externalId ?? entry.tranId, date: entry.tranDate, memo: entry.memo, byHand: entry.byHand,
    currency: entry.currency?.refName ?? "",
    lines: (entry.line?.items ?? []).map((line) => ({ account: line.account.refName, memo: line.memo, debit: line.debit, credit: line.credit })),
  };
}
