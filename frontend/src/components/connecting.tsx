// Making a connection: which ERP, its form, and what it can do.
import { useState } from "preact/hooks";
import type { ConnectFormQuery } from "../api/typed";
import { texts } from "../texts";
import { HostForm } from "./host_form";

type Host = ConnectFormQuery["hosts"][number];

/** `codes`: whether what the ERP calls things is asked for as well. */
export function Fresh({ hosts, taken, codes = true }: { hosts: Host[]; taken: string[]; codes?: boolean }) {
  const [key, choose] = useState(hosts[0]?.key);
  const host = hosts.find((each) => each.key === key);
  return (
    <>
      <s-section heading={texts.connect.choose}>
        <s-select
          label={texts.connect.chooseLabel}
          value={key}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          {hosts.map((each) => (
            <s-option key={each.key} value={each.key}>
              {each.label}
            </s-option>
          ))}
        </s-select>
      </s-section>
      {host && <HostForm key={host.key} host={host} name={free(host.label, taken)} codes={codes} />}
      {host && <Powers host={host} />}
    </>
  );
}

/** A name that no other connection has. */
function free(label: string, taken: string[]): string {
  const numbered = taken.map((_, at) => `${label} ${at + 2}`);
  return [label, ...numbered].find((each) => !taken.includes(each)) ?? label;
}

export function Powers({ host }: { host: Host }) {
  return (
    <s-section heading={texts.connect.flows}>
      <s-stack gap="small">
        {host.powers.map(({ flow, available, reason }) => (
          <s-stack key={flow} direction="inline" gap="small" alignItems="center">
            <s-badge tone={available ? "success" : "neutral"}>{texts.flow[flow]}</s-badge>
            <s-text color="subdued">{available ? texts.connect.available : reason}</s-text>
          </s-stack>
        ))}
      </s-stack>
    </s-section>
  );
}
