import { Alert, Button, Card, Group, List, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { Page } from "../../shared/Page";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { useSchoolTime } from "../../shared/useSchoolTime";

type Server = Schemas["Server"];
type Finding = Schemas["Finding"];

/** How the server is, and what somebody should see to. */
export default function HealthPage() {
  const { t } = useTranslation("health");
  const server = useQuery({
    queryKey: ["server"],
    refetchInterval: 15_000,
    queryFn: async () => (await api.GET("/api/v1/server")).data!,
  });
  return (
    <Page
      title={t("common:pages.health")}
      actions={
        <Button variant="default" leftSection={<IconRefresh size={16} />} loading={server.isFetching} onClick={() => void server.refetch()}>
          {t("refresh")}
        </Button>
      }
    >
      <ProblemAlert error={server.error} retry={() => void server.refetch()} />
      {server.data && <State server={server.data} />}
    </Page>
  );
}

function State({ server }: { server: Server }) {
  const { t, i18n } = useTranslation("health");
  const times = useSchoolTime();
  const number = new Intl.NumberFormat(i18n.language);
  const size = (bytes: number) => sizeOf(bytes, i18n.language);
  const { deliveries, gallery, inference, machine } = server;
  return (
    <Stack>
      {machine && <Findings findings={machine.findings} />}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        <Facts
          title={t("program")}
          facts={[
            [t("version"), server.version],
            [t("since"), times.dateTime(server.started_at)],
          ]}
        />
        <Facts
          title={t("gallery")}
          facts={[
            [t("students"), number.format(gallery.students)],
            [t("templates"), number.format(gallery.templates)],
            [t("threshold"), number.format(gallery.threshold)],
          ]}
        />
        <Facts
          title={t("deliveries")}
          facts={[
            [t("pending"), number.format(deliveries.pending)],
            [t("lag"), deliveries.pending > 0 ? t("seconds", { seconds: number.format(deliveries.oldest_pending_seconds) }) : "–"],
            [t("dead"), number.format(deliveries.dead)],
          ]}
        />
        <Facts
          title={t("inference")}
          facts={[
            [t("busy"), t("of", { n: number.format(inference.busy), all: number.format(inference.workers) })],
            [t("waiting"), t("of", { n: number.format(inference.waiting), all: number.format(inference.queue_length) })],
            [t("runtime"), `ONNX Runtime ${server.models.runtime}`],
          ]}
        />
        {machine && (
          <>
            <Facts
              title={t("disk")}
              facts={[
                [t("free"), t("of", { n: size(machine.disk.free_bytes), all: size(machine.disk.total_bytes) })],
                [t("folder"), machine.disk.folder],
                [t("database"), `PostgreSQL ${machine.database.version}`],
                [t("databaseSize"), size(machine.database.size_bytes)],
              ]}
            />
            <Facts
              title={t("kept")}
              facts={[
                [t("backup"), machine.backup ? times.dateTime(machine.backup.newest_at) || t("noBackup") : t("nobodyLooks")],
                [
                  t("certificate"),
                  machine.certificate
                    ? t("until", { name: machine.certificate.name, at: times.date(machine.certificate.not_after) })
                    : t("noTls"),
                ],
              ]}
            />
          </>
        )}
      </SimpleGrid>
      <Card withBorder>
        <Title order={2} size="h4" mb="xs">
          {t("models", { profile: server.models.profile })}
        </Title>
        <Table layout="fixed">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("model")}</Table.Th>
              <Table.Th>{t("file")}</Table.Th>
              <Table.Th>SHA-256</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {server.models.weights.map((model) => (
              <Table.Tr key={model.name}>
                <Table.Td style={{ overflowWrap: "anywhere" }}>{model.name}</Table.Td>
                <Table.Td style={{ overflowWrap: "anywhere" }}>{model.file}</Table.Td>
                <Table.Td ff="monospace" title={model.sha256}>
                  {model.sha256.slice(0, 12)}…
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Card>
    </Stack>
  );
}

const order: Finding["state"][] = ["fault", "warning", "ok"];
const colors = { fault: "red", warning: "yellow", ok: "green" } as const;

/** What is wrong first, each with what to do; what is well in one line each. */
function Findings({ findings }: { findings: Finding[] }) {
  const { t } = useTranslation("health");
  const sorted = findings.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  const bad = sorted.filter((f) => f.state !== "ok");
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="xs">
        {t("findings")}
      </Title>
      {bad.length === 0 && (
        <Alert color="green" icon={<IconCircleCheck aria-hidden />}>
          {t("allWell")}
        </Alert>
      )}
      <Stack gap="xs">
        {bad.map((f) => (
          <Alert
            key={f.check + f.message}
            color={colors[f.state]}
            icon={<IconAlertTriangle aria-hidden />}
            title={`${t(`states.${f.state}`)}: ${t(`checks.${f.check}` as never, { defaultValue: f.check }) as string}`}
          >
            {f.message}
          </Alert>
        ))}
        <List spacing={4} listStyleType="none" center>
          {sorted
            .filter((f) => f.state === "ok")
            .map((f) => (
              <List.Item
                key={f.check + f.message}
                icon={<IconCircleCheck size={18} color="var(--mantine-color-green-text)" role="img" aria-label={t("states.ok")} />}
              >
                <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                  {f.message}
                </Text>
              </List.Item>
            ))}
        </List>
      </Stack>
    </Card>
  );
}

function Facts({ title, facts }: { title: string; facts: [string, ReactNode][] }) {
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="xs">
        {title}
      </Title>
      <Stack gap={4} component="dl" m={0}>
        {facts.map(([name, value]) => (
          <Group key={name} justify="space-between" wrap="nowrap" align="start">
            <Text component="dt" size="sm" c="dimmed">
              {name}
            </Text>
            <Text component="dd" size="sm" m={0} ta="right" style={{ overflowWrap: "anywhere" }}>
              {value}
            </Text>
          </Group>
        ))}
      </Stack>
    </Card>
  );
}

function sizeOf(bytes: number, language: string) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return new Intl.NumberFormat(language, { style: "unit", unit: units[step], unitDisplay: "short", maximumFractionDigits: 1 }).format(
    bytes / 1000 ** step,
  );
}
