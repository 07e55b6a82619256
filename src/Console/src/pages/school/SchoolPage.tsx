import { Anchor, Button, Card, Code, Group, List, Select, Stack, Text, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { fieldErrors } from "../../api/problem";
import { Page } from "../../shared/Page";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { useSchoolTime } from "../../shared/useSchoolTime";
import { zones } from "../../shared/zones";

/** What the school is called, and by which clock its days begin. */
export default function SchoolPage() {
  const { t } = useTranslation("school");
  const client = useQueryClient();
  const school = useQuery({ queryKey: ["school"], queryFn: async () => (await api.GET("/api/v1/school")).data! });
  const form = useForm({ initialValues: { name: "", time_zone: "UTC" } });
  useEffect(() => {
    if (school.data && !form.isDirty()) {
      form.setValues({ name: school.data.name, time_zone: school.data.time_zone });
      form.resetDirty({ name: school.data.name, time_zone: school.data.time_zone });
    }
  }, [school.data]);
  const change = useMutation({
    mutationFn: async () => (await api.PUT("/api/v1/school", { body: form.values })).data!,
    onSuccess: (changed) => {
      form.resetDirty({ name: changed.name, time_zone: changed.time_zone });
      client.setQueryData(["school"], changed);
      notifications.show({ message: t("common:saved"), color: "green" });
      return client.invalidateQueries({ queryKey: ["session"] });
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  return (
    <Page title={t("common:pages.school")}>
      <ProblemAlert error={school.error} retry={() => void school.refetch()} />
      {school.data && (
        <Card withBorder maw={560}>
          <form onSubmit={form.onSubmit(() => change.mutate())}>
            <Stack>
              <TextInput label={t("name")} required {...form.getInputProps("name")} />
              <TextInput label={t("code")} description={t("codeWhat", { code: school.data.code })} value={school.data.code} readOnly />
              <Select
                label={t("timeZone")}
                description={t(school.data.time_zone_fixed ? "timeZoneFixed" : "timeZoneWhy")}
                data={zones}
                searchable
                limit={50}
                allowDeselect={false}
                disabled={school.data.time_zone_fixed}
                required
                {...form.getInputProps("time_zone")}
              />
              <ProblemAlert error={change.error} />
              <Button type="submit" loading={change.isPending} disabled={!form.isDirty()}>
                {t("common:save")}
              </Button>
            </Stack>
          </form>
        </Card>
      )}
      <Phones />
    </Page>
  );
}

/** Where phones find the server, and how they come to trust it. */
function Phones() {
  const { t } = useTranslation("school");
  const times = useSchoolTime();
  const address = useQuery({ queryKey: ["address"], queryFn: async () => (await api.GET("/api/v1/server/address")).data! });
  if (!address.data) return null;
  const { addresses, qr_svg, root } = address.data;
  const isReachable = addresses.some((a) => a.startsWith("https:"));
  return (
    <Card withBorder maw={560}>
      <Stack>
        <Title order={2} size="h4">
          {t("phones")}
        </Title>
        <Text size="sm">{t(isReachable ? "phonesWhat" : "phonesNot")}</Text>
        {isReachable && (
          <Group align="start">
            <img
              src={`data:image/svg+xml,${encodeURIComponent(qr_svg)}`}
              width={200}
              height={200}
              alt={t("qr", { address: addresses[0] })}
            />
            <List>
              {addresses.map((a) => (
                <List.Item key={a}>
                  <Anchor href={a}>{a}</Anchor>
                </List.Item>
              ))}
            </List>
          </Group>
        )}
        {root && (
          <>
            <Text size="sm">{t("root", { until: times.date(root.not_after) })}</Text>
            <Code style={{ overflowWrap: "anywhere" }}>{root.sha256}</Code>
            <Anchor href="/ca.crt" download>
              {t("rootFile")}
            </Anchor>
          </>
        )}
      </Stack>
    </Card>
  );
}
