// The frame of every view: the menu in the admin, the addresses, and the cache of what the API answered.
import { QueryClient, QueryClientProvider, notifyManager } from "@tanstack/preact-query";
import { options } from "preact";
import { LocationProvider, Route, Router } from "preact-iso";
import { useEffect } from "preact/hooks";
import { brought } from "./api/brought";
import { ApiFailure } from "./api/failure";
import { ConnectionsDocument, ViewerDocument } from "./api/typed";
import type { TypedDocumentString } from "./api/typed";
import { arriving } from "./components/arriving";
import { CONNECTIONS } from "./components/connected";
import { useLeaving } from "./components/leaving";
import { VIEWER } from "./components/may";
import { Overview } from "./pages/overview";
import { texts } from "./texts";

const Stock = arriving(() => import("./pages/stock"), ({ Stock }) => Stock);
const Runs = arriving(() => import("./pages/runs"), ({ Runs }) => Runs);
const Run = arriving(() => import("./pages/run"), ({ Run }) => Run);
const Buyer = arriving(() => import("./pages/buyer"), ({ Buyer }) => Buyer);
const Connect = arriving(() => import("./pages/connect"), ({ Connect }) => Connect);
const MappingRules = arriving(() => import("./pages/mapping/rules"), ({ MappingRules }) => MappingRules);
const MappingVersions = arriving(() => import("./pages/mapping/versions"), ({ MappingVersions }) => MappingVersions);
const MappingVersion = arriving(() => import("./pages/mapping/version"), ({ MappingVersion }) => MappingVersion);
const MappingChanges = arriving(() => import("./pages/mapping/changes"), ({ MappingChanges }) => MappingChanges);
const MappingPreview = arriving(() => import("./pages/mapping/preview"), ({ MappingPreview }) => MappingPreview);
const MappingWhatIf = arriving(() => import("./pages/mapping/what_if"), ({ MappingWhatIf }) => MappingWhatIf);
const MappingWhatIfRun = arriving(() => import("./pages/mapping/what_if_run"), ({ MappingWhatIfRun }) => MappingWhatIfRun);
const MappingTables = arriving(() => import("./pages/mapping/tables"), ({ MappingTables }) => MappingTables);
const MappingTable = arriving(() => import("./pages/mapping/table"), ({ MappingTable }) => MappingTable);
const MappingRates = arriving(() => import("./pages/mapping/rates"), ({ MappingRates }) => MappingRates);
const SettingsHome = arriving(() => import("./pages/settings/home"), ({ SettingsHome }) => SettingsHome);
const SettingsConnections = arriving(() => import("./pages/settings/connections"), ({ SettingsConnections }) => SettingsConnections);
const SettingsFlows = arriving(() => import("./pages/settings/flows"), ({ SettingsFlows }) => SettingsFlows);
const SettingsAlerts = arriving(() => import("./pages/settings/alerts"), ({ SettingsAlerts }) => SettingsAlerts);
const SettingsShops = arriving(() => import("./pages/settings/shops"), ({ SettingsShops }) => SettingsShops);
const SettingsPrivacy = arriving(() => import("./pages/settings/privacy"), ({ SettingsPrivacy }) => SettingsPrivacy);
const Reports = arriving(() => import("./pages/reports/reports"), ({ Reports }) => Reports);
const Report = arriving(() => import("./pages/reports/report"), ({ Report }) => Report);
const ReportProducts = arriving(() => import("./pages/reports/products"), ({ ReportProducts }) => ReportProducts);
const Help = arriving(() => import("./pages/help"), ({ Help }) => Help);
const Orders = arriving(() => import("./pages/orders"), ({ Orders }) => Orders);
const Problems = arriving(() => import("./pages/problems"), ({ Problems }) => Problems);
const RecordView = arriving(() => import("./pages/record"), ({ RecordView }) => RecordView);
const Audit = arriving(() => import("./pages/settings/audit"), ({ Audit }) => Audit);
const Team = arriving(() => import("./pages/settings/team"), ({ Team }) => Team);
const Tokens = arriving(() => import("./pages/settings/tokens"), ({ Tokens }) => Tokens);

const Setup = arriving(() => import("./pages/setup"), ({ Setup }) => Setup);

// What a view asks for follows from what it was just told. By itself each of these steps waits for a timer, or for the next frame to be
// drawn, which takes long on a slow machine: a question goes out first and the frame is drawn meanwhile.
notifyManager.setScheduler(queueMicrotask);
options.requestAnimationFrame = (then) => void setTimeout(then);

const DROPPED = new Set(["api.unreachable", "api.unavailable"]);

const answers = new QueryClient({
  defaultOptions: {
    queries: {
      // A sentence of the API will not change by asking again; a dropped line may hold.
      retry: (failed, error) => failed < 2 && error instanceof ApiFailure && DROPPED.has(error.code),
      staleTime: 2_000,
    },
  },
});

// What most views begin by asking came with the document, or goes out while the view's own module is still on its way. A failure is
// the view's to tell.
const ALONE = /^\/($|help|connect|setup|settings)/;
start(VIEWER, ViewerDocument);
if (!ALONE.test(location.pathname)) start(CONNECTIONS, ConnectionsDocument);

function start<Data>(asked: { queryKey: string[]; queryFn: () => Promise<Data> }, question: TypedDocumentString<Data, Record<string, never>>) {
  const answer = brought(question.toString()) as Data | undefined;
  if (answer) answers.setQueryData(asked.queryKey, answer);
  else void answers.prefetchQuery(asked);
}

// The router follows no click by itself: App Bridge tells of each, and what is unsaved is asked about first.
const NOWHERE = /^$/;

export function App() {
  return (
    <QueryClientProvider client={answers}>
      <LocationProvider scope={NOWHERE}>
        <Menu />
        <Router>
          <Route path="/" component={Overview} />
          <Route path="/connect" component={Connect} />
          <Route path="/orders" component={Orders} />
          <Route path="/orders/:id" component={RecordView} />
          <Route path="/records/:id" component={RecordView} />
          <Route path="/buyers/:id" component={Buyer} />
          <Route path="/problems" component={Problems} />
          <Route path="/setup" component={Setup} />
          <Route path="/stock" component={Stock} />
          <Route path="/runs" component={Runs} />
          <Route path="/runs/:id" component={Run} />
          <Route path="/mapping" component={MappingRules} />
          <Route path="/mapping/versions" component={MappingVersions} />
          <Route path="/mapping/versions/:number" component={MappingVersion} />
          <Route path="/mapping/changes" component={MappingChanges} />
          <Route path="/mapping/preview" component={MappingPreview} />
          <Route path="/mapping/what-if" component={MappingWhatIf} />
          <Route path="/mapping/what-if/:id" component={MappingWhatIfRun} />
          <Route path="/mapping/rates" component={MappingRates} />
          <Route path="/mapping/tables" component={MappingTables} />
          <Route path="/mapping/tables/:name" component={MappingTable} />
          <Route path="/reports" component={Reports} />
          <Route path="/reports/products" component={ReportProducts} />
          <Route path="/reports/:id" component={Report} />
          <Route path="/settings" component={SettingsHome} />
          <Route path="/settings/connections" component={SettingsConnections} />
          <Route path="/settings/flows" component={SettingsFlows} />
          <Route path="/settings/alerts" component={SettingsAlerts} />
          <Route path="/settings/shops" component={SettingsShops} />
          <Route path="/settings/privacy" component={SettingsPrivacy} />
          <Route path="/help" component={Help} />
          <Route path="/settings/audit" component={Audit} />
          <Route path="/settings/team" component={Team} />
          <Route path="/settings/tokens" component={Tokens} />
          <Route default component={Overview} />
        </Router>
      </LocationProvider>
    </QueryClientProvider>
  );
}

/** The admin shows these links beside the app and tells us when one is followed. */
function Menu() {
  const leave = useLeaving();
  useEffect(() => {
    const follow = (event: Event) => {
      const href = (event.target as Element | null)?.getAttribute("href");
      if (href) leave(href);
    };
    document.addEventListener("shopify:navigate", follow);
    return () => document.removeEventListener("shopify:navigate", follow);
  }, [leave]);
  return (
    <s-app-nav>
      <a href="/" rel="home">
        {texts.menu.overview}
      </a>
      <a href="/orders">{texts.menu.orders}</a>
      <a href="/problems">{texts.menu.problems}</a>
      <a href="/stock">{texts.menu.stock}</a>
      <a href="/runs">{texts.menu.runs}</a>
      <a href="/reports">{texts.menu.reports}</a>
      <a href="/mapping">{texts.menu.mapping}</a>
      <a href="/settings">{texts.menu.settings}</a>
    </s-app-nav>
  );
}
