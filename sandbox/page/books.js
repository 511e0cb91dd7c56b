// What the local ERPs hold: companies, totals by account, journals with their lines, the chart.

import { get } from "./api.js";
import { h, redraw } from "./dom.js";
import { ERPS, companiesOf } from "./erps.js";

let chosen = "";
let section = "journals";

/** Asks for the books of the chosen company and draws them. */
export async function drawBooks(panel) {
  const companies = (await Promise.all(ERPS.map(companiesOf))).flat();
  if (!companies.length) return redraw(panel, "none", () => h("p.quiet", {}, "No local ERP is running."));
  const company = companies.find((item) => item.key === chosen) ?? companies.find((item) => item.connected) ?? companies[0];
  const base = `/control/${company.erp.id}/${company.realm}`;
  const [books, totals, chart] = await Promise.all([get(`${base}/journals`), get(`${base}/totals`), section === "chart" ? get(`${base}/accounts`).catch(() => ({ accounts: [] })) : {}]);
  const again = (change) => { change(); drawBooks(panel); };
  const shown = companies.map(({ erp, ...rest }) => ({ ...rest, erp: erp.id }));
  return redraw(panel, { shown, key: company.key, section, books, totals, chart }, () => [
    h("label.field", {}, h("span", {}, "Company"),
      h("select.control", { "data-testid": "company-select", onchange: (event) => again(() => { chosen = event.target.value; }) },
        companies.map((item) => h("option", { value: item.key, selected: item.key === company.key }, `${item.name} · ${item.erp.name}`)))),
    h("dl.facts", { "data-testid": "company-facts" },
      fact("Realm", company.realm), fact("Currency", company.currency), fact("Accounts", company.accounts),
      fact("Journals", company.journals), fact("Connection", company.connected ? "connected" : "none"),
      company.erp.closed && fact("Closed to", company.settings?.[company.erp.closed] ?? "open")),
    h("div.tabs.tabs-small", { role: "tablist", "aria-label": "Books" }, ["journals", "totals", "chart"].map((name) =>
      h("button.tab", { type: "button", role: "tab", "aria-selected": String(name === section), "data-testid": `books-tab-${name}`, onclick: () => again(() => { section = name; }) }, name[0].toUpperCase() + name.slice(1)))),
    { journals: () => journals(books, company), totals: () => totalsTable(totals.totals), chart: () => chartTable(chart.accounts) }[section](),
  ]);
}

const fact = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, String(value)));

function journals(books, company) {
  const list = [...books.journals].reverse();
  if (!list.length && !books.deleted?.length) return h("p.quiet", { "data-testid": "journals-empty" }, "No journal entries yet.");
  return h("ul.journals", { "data-testid": "journal-list" },
    list.map((entry) => journalCard(company.erp.journal(entry), company.currency, false)),
    (books.deleted ?? []).map((entry) => journalCard(company.erp.journal(entry), company.currency, true)));
}

function journalCard(entry, currency, deleted) {
  const sum = entry.lines.filter((line) => line.debit).reduce((total, line) => total + Number(line.debit), 0);
  return h(`li.journal${deleted ? ".is-deleted" : ""}`, { "data-testid": "journal", "data-number": entry.number },
    h("details", {},
      h("summary", {},
        h("span.journal-number", {}, entry.number || `(no number, id ${entry.id})`),
        h("span.journal-date", {}, entry.date),
        h("span.journal-sum", {}, [currency, ""].includes(entry.currency) ? money(sum) : `${money(sum)} ${entry.currency}`),
        entry.byHand && h("span.badge", {}, "by hand"), deleted && h("span.badge.badge-external", {}, "deleted")),
      h("p.journal-memo", {}, entry.memo),
      h("table.ledger", {},
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Account"), h("th.num", { scope: "col" }, "Debit"), h("th.num", { scope: "col" }, "Credit"))),
        h("tbody", {}, entry.lines.map((line) => h("tr", {}, h("td", {}, line.account, line.memo && h("span.line-memo", {}, line.memo)), h("td.num", {}, line.debit && money(line.debit)), h("td.num", {}, line.credit && money(line.credit)))))),
    ));
}

function totalsTable(totals) {
  if (!totals.length) return h("p.quiet", {}, "Nothing has been posted.");
  const sum = (side) => totals.reduce((total, row) => total + Number(row[side]), 0);
  const even = Math.abs(sum("debit") - sum("credit")) < 0.005;
  return h("table.ledger", { "data-testid": "totals" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Account"), h("th.num", { scope: "col" }, "Debit"), h("th.num", { scope: "col" }, "Credit"))),
    h("tbody", {}, totals.map((row) => h("tr", {}, h("td", {}, row.name), h("td.num", {}, money(row.debit)), h("td.num", {}, money(row.credit))))),
    h("tfoot", {}, h("tr", {}, h("th", { scope: "row" }, even ? "In balance" : "OUT OF BALANCE"), h("td.num", {}, money(sum("debit"))), h("td.num", {}, money(sum("credit"))))));
}

function chartTable(accounts) {
  if (!accounts?.length) return h("p.quiet", {}, "This company has no accounts to show.");
  return h("table.ledger", { "data-testid": "chart" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Account"), h("th", { scope: "col" }, "Type"), h("th", { scope: "col" }, "Currency"))),
    h("tbody", {}, accounts.map((row) => h(`tr${row.active ? "" : ".is-inactive"}`, {}, h("td", {}, [row.number ?? row.code, row.name].filter(Boolean).join(" ")), h("td", {}, row.type), h("td", {}, row.currency ?? "")))));
}

const money = (value) => (Number(value) ? Number(value).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 }) : "–");
